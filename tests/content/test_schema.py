"""The JSON Schemas describe the files as operators write them: what is right fits, and mistakes do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.content.problems import ContentErrors
from bot.content.schema import modeline, schema_files, schemas
from bot.content.source import read_source
from tests.content.folder import SHIPPED, SMALL, Folder
from tests.content.json_schema import misfits
from tests.content.test_mistakes import MISTAKES, Mistake, every

RUNBOOKS = SHIPPED / "runbooks"
FILES = [p for root in (RUNBOOKS, SMALL / "runbooks") for p in sorted(root.rglob("*.yaml"))]
# Shapes that only a whole reading finds: a schema sees neither how YAML was written nor what a text means.
UNSEEN = {
    "broken YAML",
    "a tab",
    "a key written twice",
    "a rule of the domain",
    "a JMESPath that is none",
    "a CEL expression that is none",
    "two steps of one id",
    "levels that do not begin with normal",
    "a level that tells of what it has not",
}
# Mistakes in what a file means that a schema can see all the same.
SEEN = {
    "a level id with odd letters",
    "a signal whose id is no name",
    "a gate without conditions",
    "a phase that is none",
    "a trigger that matches everything",
    "a Slack user that is none",
    "a rule that lets nobody tighten",
    "a rule that needs a crowd",
    "a template from elsewhere",
    "a step to no such mode",
    "a step before its phase",
    "an id with odd letters",
}


def schema_of(file: Path) -> dict[str, Any]:
    if file.parent.name == "examples":
        return schemas()["platform/controls.yaml"]
    return schemas()[f"platform/{file.name}" if file.parent.name == "platform" else "*.yaml"]


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(SHIPPED)))
def test_every_file_that_is_right_fits_its_schema(file: Path) -> None:
    assert misfits(read_source(file).data, schema_of(file)) == []


def test_mistakes_do_not_fit(folder: Folder) -> None:
    """Every wrong shape that the checks know, and those wrong meanings that show in one file."""
    unseen, seen = set(), set()
    for mistake in every(MISTAKES / "shape.yaml"):
        if not mistake.file.startswith("runbooks/"):
            continue
        if fits(folder, mistake):
            unseen.add(mistake.name)
    for mistake in [m for p in sorted(MISTAKES.glob("*.yaml")) for m in every(p) if p.stem != "shape"]:
        if mistake.file.startswith("runbooks/") and not fits(folder, mistake):
            seen.add(mistake.name)
    assert unseen <= UNSEEN
    assert seen >= SEEN


def fits(folder: Folder, mistake: Mistake) -> bool:
    before = folder.read(mistake.file)
    folder.swap(mistake.file, mistake.old, mistake.new)
    path = folder.root / mistake.file
    try:
        return misfits(read_source(path).data, schema_of(path)) == []
    except ContentErrors:
        return True  # no YAML: not for a schema to say
    finally:
        folder.write(mistake.file, before)


def test_a_misspelt_field_a_wrong_type_and_a_field_of_another_kind_are_each_told_apart() -> None:
    step = {
        "id": "a",
        "phase": "classify",
        "role": "executive",
        "kind": "gate",
        "title": "A",
        "why": "B",
        "budget": "5m",
    }
    book = {"id": "a", "title": "A", "steps": [{**step, "gate": "open"}]}
    schema = schemas()["*.yaml"]
    assert misfits(book, schema) == []
    assert misfits({**book, "titel": "A"}, schema) == ["titel: additionalProperties"]
    assert misfits({**book, "title": 1}, schema) == ["title: type"]
    assert misfits({**book, "steps": [step]}, schema) == ["steps.0.gate: required"]
    assert misfits({**book, "steps": [{**step, "gate": "open", "mode": "stressed"}]}, schema) == [
        "steps.0.mode: false"
    ]


def test_there_is_a_schema_for_every_kind_of_file_and_all_are_json() -> None:
    found = schemas()
    platform = {f"platform/{p.name}" for p in (RUNBOOKS / "platform").glob("*.yaml")}
    assert platform | {"*.yaml"} == set(found)
    assert json.loads(json.dumps(found)) == found
    assert {body["$schema"] for body in found.values()} == {"https://json-schema.org/draft/2020-12/schema"}


def test_every_field_says_what_it_is_for_and_no_object_is_open() -> None:
    for file, schema in schemas().items():
        for name, model in (("the file", schema), *schema.get("$defs", {}).items()):
            for field, body in model.get("properties", {}).items():
                assert body.get("description"), f"{name}.{field} belongs into bot/content/wording.py"
            if model.get("type") == "object":
                assert model["additionalProperties"] is False, f"{file}: {name}"
            assert model.get("title"), f"{file}: {name}"


def test_examples_fit_what_they_are_examples_of() -> None:
    for file, schema in schemas().items():
        for name, model in (("the file", schema), *schema.get("$defs", {}).items()):
            for field, body in model.get("properties", {}).items():
                for example in body.get("examples", ()):
                    wrong = misfits(example, {**body, "$defs": schema.get("$defs", {})})
                    assert wrong == [], f"{file}: {name}.{field}"


def test_durations_are_described_as_they_are_written() -> None:
    signals = schemas()["platform/signals.yaml"]

    assert "pattern" in signals["$defs"]["SignalSpec"]["properties"]["stale_after"]
    assert "PT0S" not in json.dumps(schemas())


def test_the_schemas_beside_the_runbooks_are_current() -> None:
    written = {p.relative_to(RUNBOOKS / "schema").as_posix() for p in (RUNBOOKS / "schema").rglob("*.json")}
    assert written == set(schema_files())
    for name, text in schema_files().items():
        assert (RUNBOOKS / "schema" / name).read_text() == text, f"{name} is old: run `breakwater schema`"


@pytest.mark.parametrize("file", sorted(RUNBOOKS.rglob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_file_leads_editors_to_its_schema(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first == modeline(file.relative_to(RUNBOOKS))
    assert (file.parent / first.partition("$schema=")[2]).is_file()
