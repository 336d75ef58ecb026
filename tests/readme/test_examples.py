"""What operators are shown passes the check when it is copied, and what it leaves out is asked for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.base import Role
from bot.domain.mode import ModeId
from bot.domain.publication import PublicFacts
from tests.content.folder import SHIPPED, Folder
from tests.readme.documents import blocks, table

GUIDE = "runbooks/README.md"
CONTROLS = "runbooks/platform/controls.yaml"
MODES = "runbooks/platform/modes.yaml"
PEOPLE = "runbooks/platform/people.yaml"
ENV = {"MARKETPLACE_URL": "http://127.0.0.1:9"}
Change = Callable[[Folder], None]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """The shipped content."""
    found = Folder(tmp_path)
    for name in ("runbooks", "templates"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    return found


def example(heading: str, number: int = 0) -> str:
    return [b for b in blocks(GUIDE, heading=heading) if b.language in ("yaml", "jinja")][number].text


def with_control(folder: Folder) -> None:
    folder.write(CONTROLS, folder.read(CONTROLS) + example("Your own control"))


def with_rung(folder: Folder) -> None:
    folder.swap(MODES, "          rest:\n", "          rest:\n" + example("Your own control", 1))


def with_promise(folder: Folder) -> None:
    """Under `guarantees` and `levels` of `protected`, which is the last mode and has each once."""
    before, protected = folder.read(MODES).split("\n  protected:\n")
    promise, level = (example("Your own promise in a mode", n) for n in (0, 1))
    protected = protected.replace("    guarantees:\n", "    guarantees:\n" + promise, 1)
    protected = protected.replace("    levels:\n", "    levels:\n" + level, 1)
    folder.write(MODES, f"{before}\n  protected:\n{protected}")


def test_a_control_of_ones_own(folder: Folder) -> None:
    with_control(folder)
    with_rung(folder)

    assert folder.wrong() == []
    assert "withdrawals.daily" in folder.load(ENV).by_id


def test_without_its_rung_the_line_to_add_is_told(folder: Folder) -> None:
    with_control(folder)

    (reason,) = folder.reasons()

    assert reason == (
        "withdrawals.daily is in no ladder step, so nothing would ever reopen it; "
        "add `withdrawals.daily: [normal]` under `rest` of the step `others`"
    )


def test_a_runbook_of_ones_own(folder: Folder) -> None:
    folder.write("runbooks/stablecoin-depeg.yaml", example("Your own runbook"))

    assert folder.wrong() == []
    (found,) = [b for b in folder.load(ENV).pinned.runbooks if b.id == "stablecoin-depeg"]
    assert [step.id for step in found.steps] == ["stop-par-quotes", "state-holdings"]


def test_a_macro_of_ones_own(folder: Folder) -> None:
    folder.write("templates/macros/fees.txt", example("Your own macro"))
    file = "runbooks/platform/publications.yaml"
    folder.write(file, folder.read(file) + example("Your own macro", 1))

    assert folder.wrong() == []
    assert [m.question for m in folder.load(ENV).macros][-1] == "Do I pay twice for a withdrawal that waited?"


def test_every_fact_of_the_templates_is_listed() -> None:
    listed = {name for row in table(GUIDE, "Your own macro") for name in re.findall(r"`(\w+)`", row[0])}
    assert listed == set(PublicFacts.model_fields)


def test_a_promise_of_ones_own(folder: Folder) -> None:
    with_control(folder)
    with_rung(folder)
    with_promise(folder)

    assert folder.wrong() == []
    protected = folder.load(ENV).modes[ModeId.PROTECTED]
    assert protected.levels["withdrawals.daily"] == "tightened"
    assert "daily" in [g.id for g in protected.guarantees]


def test_people_of_ones_own(folder: Folder) -> None:
    _, _, contacts = folder.read(PEOPLE).partition("\n# Whom to call outside.")
    folder.write(PEOPLE, example("Your people") + "\n# Whom to call outside." + contacts)

    assert folder.wrong() == []
    directory = folder.load(ENV).directory
    assert directory.people["maria"].slack == "U0A1B2C3D"
    assert directory.eligible("omar") >= {Role.TREASURY_LEAD, Role.INCIDENT_COMMANDER}
