"""The JSON Schemas describe the files as operators write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.content.schema import schemas
from bot.content.source import read_source

ROOT = Path(__file__).parents[2]
FILES = sorted(p.relative_to(ROOT / "runbooks") for p in (ROOT / "runbooks").rglob("*.yaml"))


def schema_of(file: Path) -> dict[str, Any]:
    found = schemas()
    return found.get(file.as_posix()) or found["*.yaml"]


TYPES = {"string": str, "integer": int, "boolean": bool, "null": type(None), "object": dict, "array": list}


def fits(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    """As much of JSON Schema as the schemas use."""
    if "$ref" in schema:
        return fits(value, whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole)
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return any(fits(value, one, whole) for one in several)
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    if type(value) is not TYPES[schema["type"]]:
        return False
    if isinstance(value, list):
        kinds = schema.get("prefixItems") or [schema["items"]] * len(value)
        return all(fits(item, kind, whole) for item, kind in zip(value, kinds, strict=True))
    return not isinstance(value, dict) or object_fits(value, schema, whole)


def object_fits(value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    known, extra = schema.get("properties", {}), schema.get("additionalProperties", False)
    if not set(schema.get("required", ())) <= set(value):
        return False
    inner = {key: known.get(key, extra) for key in value}
    return all(one is True or (one and fits(value[key], one, whole)) for key, one in inner.items())


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_shipped_file_fits_its_schema(file: Path) -> None:
    schema = schema_of(file)

    assert fits(read_source(ROOT / "runbooks" / file).data, schema, schema)


def test_an_unknown_field_does_not_fit() -> None:
    schema = schema_of(Path("first.yaml"))

    assert not fits({"id": "a", "title": "A", "steps": [], "titel": "A"}, schema, schema)
    assert fits({"id": "a", "title": "A", "steps": []}, schema, schema)


def test_there_is_a_schema_for_every_kind_of_file_and_all_are_json() -> None:
    found = schemas()

    assert {f.as_posix() for f in FILES if f.parent.name == "platform"} | {"*.yaml"} == set(found)
    assert json.loads(json.dumps(found)) == found


def test_durations_are_described_as_they_are_written() -> None:
    signals = schemas()["platform/signals.yaml"]

    assert "pattern" in signals["$defs"]["SignalSpec"]["properties"]["stale_after"]
    assert "PT0S" not in json.dumps(schemas())
