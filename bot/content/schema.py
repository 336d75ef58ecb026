"""JSON Schemas of the operator-owned files, for editors and for `breakwater schema`."""

from __future__ import annotations

from typing import Any

from bot.content.files import BY_KEY, PLATFORM, RUNBOOK, Expansion

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DURATION = {"type": "string", "pattern": r"^(\d+\s*(ms|s|m|h|d)\s*)+$", "examples": ["90s", "15m", "1h30m"]}
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """A schema for each file by its path under the runbooks folder; `*.yaml` is every runbook."""
    found = {"*.yaml": RUNBOOK.model_json_schema(by_alias=True)}
    for name, model in PLATFORM.items():
        found[f"platform/{name}.yaml"] = model.model_json_schema(by_alias=True)
    _entries(found["platform/controls.yaml"])
    return {file: {"$schema": DIALECT, **_as_written(_without_ids(schema))} for file, schema in found.items()}


def _entries(schema: Schema) -> None:
    """Entries of `controls` may be expanded."""
    control = schema["$defs"]["Control"]
    control["properties"] |= Expansion.model_json_schema()["properties"]


def _without_ids(schema: Schema) -> Schema:
    """What is looked up by id has its id as the key above it."""
    for model in (*(m.__name__ for m in BY_KEY), "Person"):
        definition = schema.get("$defs", {}).get(model)
        if definition:
            definition["properties"].pop("id", None)
            definition["required"] = [name for name in definition.get("required", ()) if name != "id"]
    return schema


def _as_written(node: Any) -> Any:
    """Durations and step lists as operators write them, not as Python holds them."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "duration":
        kept = {key: value for key, value in node.items() if key not in ("type", "format", "default")}
        return {**kept, **_DURATION}
    out = {key: _as_written(value) for key, value in node.items()}
    if isinstance(steps := out.get("step_done"), dict):
        out["step_done"] = {"anyOf": [{"type": "string"}, steps]}
    return out
