"""`breakwater check`: all that is wrong at once, where, and what was probably meant."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Breakwater

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "runbooks", tmp_path / "runbooks")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return tmp_path


def swap(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def words(copy: Path) -> list[str]:
    return ["check", "--runbooks", str(copy / "runbooks"), "--templates", str(copy / "templates")]


def test_what_is_right_is_counted_and_named_by_its_digest(breakwater: Breakwater, copy: Path) -> None:
    said = breakwater(*words(copy))
    assert said.status == 0
    assert said.out.startswith("Everything is in order.\n")
    for what in ("runbooks", "steps", "controls", "levels", "signals", "gates", "6 people", "templates"):
        assert what in said.out
    assert "Content digest " in said.out


def test_every_mistake_is_told_at_once_with_line_and_column(breakwater: Breakwater, copy: Path) -> None:
    people = copy / "runbooks/platform/people.yaml"
    swap(people, "name: Alice Ng", "nam: Alice Ng")
    swap(copy / "runbooks/platform/modes.yaml", "gate: refill-keeps-up", "gate: refil-keeps-up")
    swap(copy / "templates/macros/money.txt", "facts.", "fact.")
    swap(copy / "runbooks/first-15-minutes.yaml", "publish: holding", "publish: holdin")
    said = breakwater(*words(copy))
    assert said.status == 1
    line = next(i for i, text in enumerate(people.read_text().splitlines(), 1) if "nam: Alice" in text)
    column = people.read_text().splitlines()[line - 1].index("nam:") + 1
    assert f"{people}:{line}:{column}: unknown field `nam`; did you mean `name`?" in said.out
    assert "there is no gate `refil-keeps-up`; did you mean `refill-keeps-up`?" in said.out
    assert "money.txt:" in said.out
    assert "there is no status text `holdin`; did you mean `holding`?" in said.out
    assert said.err.endswith("mistakes in 4 files.\n")


def test_a_tab_is_called_a_tab(breakwater: Breakwater, copy: Path) -> None:
    swap(copy / "runbooks/platform/people.yaml", "\n  bob:", "\n\tbob:")
    said = breakwater(*words(copy))
    assert "a tab, which YAML does not take for indentation" in said.out


def test_as_json_each_mistake_has_its_place_and_what_was_meant(breakwater: Breakwater, copy: Path) -> None:
    swap(copy / "runbooks/platform/people.yaml", "name: Alice Ng", "nam: Alice Ng")
    said = breakwater(*words(copy), "--json")
    assert said.status == 1
    found = json.loads(said.out)
    assert found["ok"] is False
    by_reason = {m["reason"].split(";")[0]: m for m in found["mistakes"]}
    assert by_reason["unknown field `nam`"]["suggestion"] == "name"
    assert by_reason["unknown field `nam`"]["file"].endswith("people.yaml")
    assert by_reason["`name` is missing"]["suggestion"] is None


def test_as_json_what_is_right_has_counts_and_the_whole_digest(breakwater: Breakwater, copy: Path) -> None:
    found = json.loads(breakwater(*words(copy), "--json").out)
    assert found["ok"] is True
    assert found["mistakes"] == []
    assert len(found["digest"]) == 64
    assert found["counts"]["mode"] == 3
