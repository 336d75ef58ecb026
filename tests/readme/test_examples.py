"""The README's control passes the check when it is pasted, and what it leaves out is asked for."""

import re
import shutil

import pytest

from tests.content.folder import SHIPPED, Folder

CONTROLS = "runbooks/platform/controls.yaml"
MODES = "runbooks/platform/modes.yaml"


@pytest.fixture
def pasted(folder: Folder) -> tuple[Folder, str]:
    """The shipped content with the README's control at its end, and the README's line for the ladder."""
    for name in ("runbooks", "templates"):
        shutil.rmtree(folder.root / name)
        shutil.copytree(SHIPPED / name, folder.root / name)
    control, rung = re.findall(r"```yaml\n(.*?)```", (SHIPPED / "README.md").read_text(), re.DOTALL)
    folder.write(CONTROLS, folder.read(CONTROLS) + control)
    return folder, rung


def test_the_readmes_control_is_right_with_its_rung(pasted: tuple[Folder, str]) -> None:
    folder, rung = pasted
    folder.swap(MODES, "          rest:\n", "          rest:\n" + rung)

    assert folder.wrong() == []
    assert "withdrawals.daily" in {
        c.id for c in folder.load({"MARKETPLACE_URL": "http://127.0.0.1:9"}).controls
    }


def test_without_its_rung_the_line_to_add_is_told(pasted: tuple[Folder, str]) -> None:
    folder, _ = pasted

    (reason,) = folder.reasons()

    assert reason == (
        "withdrawals.daily is in no ladder step, so nothing would ever reopen it; "
        "add `withdrawals.daily: [normal]` under `rest` of the step `others`"
    )
