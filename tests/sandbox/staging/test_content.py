"""What is played is the shipped content; only durations differ."""

from pathlib import Path
from typing import Any

import pytest

from bot.content import check, load
from bot.domain.base import parse_duration
from bot.sandbox.staging.content import OverrideError, make_content, written

ROOT = Path(__file__).parents[3]
SHIPPED, TEMPLATES = ROOT / "runbooks", ROOT / "templates"


def without_durations(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_durations(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_durations(v) for v in value]
    try:
        parse_duration(value)
    except ValueError:
        return value
    return "some time"


def plain(folder: Path) -> Any:
    loaded = load(folder, TEMPLATES, {}, resolve_env=False)
    return without_durations(loaded.model_dump(mode="json"))


@pytest.mark.parametrize("play", ["demo", "sandbox"])
def test_the_overridden_content_is_valid(tmp_path: Path, play: str) -> None:
    make_content(SHIPPED, tmp_path / "runbooks", written(play))
    assert check(tmp_path / "runbooks", TEMPLATES) == []


@pytest.mark.parametrize("play", ["demo", "sandbox"])
def test_nothing_but_durations_differs_from_what_ships(tmp_path: Path, play: str) -> None:
    make_content(SHIPPED, tmp_path / "runbooks", written(play))
    assert plain(tmp_path / "runbooks") == plain(SHIPPED)


def test_the_waits_are_shorter_and_the_budgets_longer(tmp_path: Path) -> None:
    make_content(SHIPPED, tmp_path / "runbooks", written("demo"))
    ours = load(tmp_path / "runbooks", TEMPLATES, {}, resolve_env=False)
    theirs = load(SHIPPED, TEMPLATES, {}, resolve_env=False)
    ladders = [content.modes["protected"].ladder for content in (ours, theirs)]  # type: ignore[index] # by its id
    waits = [sum(step.wait.total_seconds() for step in ladder.steps) for ladder in ladders if ladder]
    assert waits[0] < waits[1] / 10
    budgets = [[s.budget for b in c.pinned.runbooks for s in b.steps] for c in (ours, theirs)]
    assert min(budgets[0]) > min(budgets[1])


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        ({"signals.*.stale_afterwards": "1m"}, "no duration of a kind"),
        ({"signals.no_such_signal.stale_after": "1m"}, r"there is no signals\.no_such_signal"),
        ({"signals.coverage.title": "1m"}, "no duration of a kind"),
        ({"signals.coverage.stale_after": "soon"}, "no duration of a kind"),
    ],
)
def test_an_override_that_fits_nothing_or_is_no_duration_is_refused(
    tmp_path: Path, paths: dict[str, str], named: str
) -> None:
    with pytest.raises(OverrideError, match=named):
        make_content(SHIPPED, tmp_path / "runbooks", {"change": {"platform/signals.yaml": paths}})


def test_what_ships_already_cannot_be_added(tmp_path: Path) -> None:
    twice = {"add": {"platform/signals.yaml": {"signals.coverage.stale_after": "1m"}}}
    with pytest.raises(OverrideError, match="there is no"):
        make_content(SHIPPED, tmp_path / "runbooks", twice)


def test_the_shipped_folder_is_left_as_it_was(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in SHIPPED.rglob("*.yaml")}
    make_content(SHIPPED, tmp_path / "runbooks", written("demo"))
    assert {path: path.read_bytes() for path in SHIPPED.rglob("*.yaml")} == before
    assert set(written("demo")) == {"change", "add"}
