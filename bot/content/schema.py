"""JSON Schemas of the operator-owned files, for editors and for `breakwater schema`.

They lie beside the files, under `runbooks/schema/`, so that an editor finds them without anything being run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.content.checks.ids import CONTROL_ID, ID, SIGNAL_ID
from bot.content.files import BY_KEY, PLATFORM, RUNBOOK, Expansion
from bot.content.wording import SAYS, TITLES
from bot.domain.base import Phase
from bot.domain.runbook import StepKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = "schema"
EXAMPLES = "examples"  # of controls, to be copied; nothing there is loaded
_DURATION = {"type": "string", "pattern": r"^(\d+\s*(ms|s|m|h|d)\s*)+$", "examples": ["90s", "15m", "1h30m"]}
_IDS = dict.fromkeys(("Runbook", "Step", "Level", "Guarantee", "LadderStep", "Trigger", "Question"), ID)
_KEYS = {
    ("SignalsFile", "signals"): SIGNAL_ID,
    ("SignalsFile", "gates"): ID,
    ("Authority", "rules"): ID,
    ("Directory", "people"): ID,
    ("PublicationsFile", "statuses"): ID,
}
_ALSO: dict[tuple[str, str], dict[str, Any]] = {
    ("Step", "at"): {"minimum": 0},
    ("Step", "phase"): {"enum": [phase.value for phase in Phase if not phase.ended]},
    ("Control", "levels"): {"minItems": 2},
    ("HttpAdapter", "set"): {
        "properties": {"method": {"enum": ["PUT", "POST", "PATCH"]}},
        "required": ["method"],
    },
    ("HttpRead", "path"): {"pattern": "^/"},
    ("HttpCall", "path"): {"pattern": "^/"},
    ("Probe", "path"): {"pattern": "^/"},
    ("Resolve", "path"): {"pattern": "^/"},
    ("Rate", "calls"): {"minimum": 1},
    ("FanoutAdapter", "followers"): {"minimum": 1, "maximum": 1000},
    ("Rule", "tighten"): {"minItems": 1},
    ("Rule", "tighten_needs"): {"minimum": 1, "maximum": 2},
    ("Person", "slack"): {"pattern": "^[UW][A-Z0-9]{2,}$"},
    ("PublicationSpec", "template"): {"pattern": "^status/"},
    ("MacroSpec", "template"): {"pattern": "^macros/"},
    ("DecisionTree", "questions"): {"minItems": 1},
    ("Trigger", "match"): {"minProperties": 1},
}
_NEEDS = (StepKind.CONTROL, StepKind.MODE, StepKind.GATE, StepKind.PUBLISH)
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """A schema for each file by its path under the runbooks folder; `*.yaml` is every runbook."""
    found = {"*.yaml": RUNBOOK.model_json_schema(by_alias=True)}
    for name, model in PLATFORM.items():
        found[f"platform/{name}.yaml"] = model.model_json_schema(by_alias=True)
    _entries(found["platform/controls.yaml"])
    return {file: _finished(file, schema) for file, schema in found.items()}


def schema_files() -> dict[str, str]:
    """What `breakwater schema` writes: texts by their path under its folder."""
    return {schema_path(file): json.dumps(body, indent=2) + "\n" for file, body in schemas().items()}


def schema_path(file: str) -> str:
    """Where the schema of a file lies under the folder of schemas."""
    return file.replace("*.yaml", "runbook.yaml").removesuffix(".yaml") + ".schema.json"


def modeline(file: Path) -> str:
    """The first line of a file, by which editors find its schema; its path is under the runbooks folder."""
    known = file.as_posix() if len(file.parts) > 1 else "*.yaml"
    if file.parts[0] == EXAMPLES:
        known = "platform/controls.yaml"
    up = "../" * (len(file.parts) - 1)
    return f"# yaml-language-server: $schema={up}{FOLDER}/{schema_path(known)}"


def _finished(file: str, schema: Schema) -> Schema:
    written = _as_written(_without_ids(schema))
    definitions = written.pop("$defs", {})
    for name, model in (*definitions.items(), (str(schema["title"]), written)):
        _describe(name, model)
    if "Step" in definitions:
        definitions["Step"]["allOf"] = [_belongs(kind) for kind in _NEEDS]
    unused = set(definitions) - _used(written, definitions)
    kept = {name: model for name, model in definitions.items() if name not in unused}
    top = {"$schema": DIALECT, **written, "title": TITLES[file]}
    return {**top, "$defs": kept} if kept else top


def _describe(name: str, model: Schema) -> None:
    """Put what editors show, and what the checks ask of a field by itself, into a model's schema."""
    for field, schema in model.get("properties", {}).items():
        sentence, *examples = SAYS.get(name, {}).get(field, ("",))
        if sentence:
            schema["description"] = sentence
        if examples:
            schema["examples"] = examples
        also = _ALSO.get((name, field), {})
        if "enum" in also:
            schema.pop("$ref", None)
        schema.update(also)
        if field == "id" and name in _IDS:
            schema["pattern"] = f"^{_IDS[name]}$"
        if keys := _KEYS.get((name, field)):
            schema["propertyNames"] = {"pattern": f"^{keys}$"}
    if name == "Control":  # its id may hold slots, which `each` fills
        model["properties"]["id"]["pattern"] = "^" + CONTROL_ID.replace("._-", "._{}-") + "$"


def _belongs(kind: StepKind) -> Schema:
    """`control` belongs to steps of kind `control` and to them alone, and so on."""
    of_kind = {"properties": {"kind": {"const": kind.value}}, "required": ["kind"]}
    return {
        "if": of_kind,
        "then": {"required": [kind.value]},
        "else": {"properties": {kind.value: False}},
    }


def _used(schema: Any, definitions: Schema, seen: set[str] | None = None) -> set[str]:
    """The definitions that something refers to."""
    seen = set() if seen is None else seen
    if isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
        if name in definitions and name not in seen:
            seen.add(name)
            _used(definitions[name], definitions, seen)
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in inside:
        _used(part, definitions, seen)
    return seen


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
    """Durations and step lists as operators write them, not as Python holds them; never as null."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "duration":
        kept = {key: value for key, value in node.items() if key not in ("type", "format", "default")}
        return {**kept, **_DURATION}
    out = {key: _as_written(value) for key, value in node.items()}
    if {"type": "null"} in out.get("anyOf", ()):
        out["anyOf"].remove({"type": "null"})
        out.pop("default", None)
        if len(out["anyOf"]) == 1:
            out |= out.pop("anyOf")[0]
    if isinstance(steps := out.get("step_done"), dict):
        out["step_done"] = {"anyOf": [{"type": "string"}, steps]}
    return out
