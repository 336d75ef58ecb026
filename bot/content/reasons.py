"""The schema's complaints said in words an operator can act on, each at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.content.problems import listed, near
from bot.content.source import Loc, Source
from bot.domain.errors import ContentError

_SCALARS = {"str", "int", "bool"}
_SAID = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must hold fields",
    "model_type": "must hold fields",
    "model_attributes_type": "must hold fields",
}
Schema = Mapping[str, Any]


def complaints(
    source: Source, loc: Loc, model: type[BaseModel], error: ValidationError
) -> Iterator[ContentError]:
    """A validation error of what stands at `loc`, one ContentError for each thing that is wrong."""
    for detail in error.errors(include_url=False):
        inner = tuple(detail["loc"])
        union = bool(inner) and inner[-1] in _SCALARS and detail["type"].endswith(("_type", "_parsing"))
        inner = inner[:-1] if union else inner
        on_key = bool(inner) and inner[-1] == "[key]"
        inner = inner[:-1] if on_key else inner
        if detail["type"] == "union_tag_invalid":
            inner = (*inner, detail["ctx"]["discriminator"].strip("'"))
        reason = "must be text, a whole number, true or false" if union else _reason(detail, inner, model)
        named = f"`{_name(inner)}` {reason}" if _continues(detail["type"], union=union) else reason
        key = on_key or detail["type"] == "extra_forbidden"
        yield source.error((*loc, *inner), named, key=key)


def _continues(kind: str, *, union: bool) -> bool:
    return union or kind in _SAID or kind.startswith(("too_", "greater_", "less_"))


def _name(loc: Sequence[str | int]) -> str:
    return next((str(part) for part in reversed(loc) if isinstance(part, str)), "the file")


def _reason(detail: Any, loc: Loc, model: type[BaseModel]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _SAID:
        return _SAID[kind]
    match kind:
        case "missing":
            return f"`{loc[-1]}` is missing"
        case "extra_forbidden":
            known = _fields(model, loc[:-1])
            return f"unknown field `{loc[-1]}`{near(loc[-1], known)}"
        case "enum" | "literal_error":
            known = [k.strip(" '") for k in str(context["expected"]).replace(" or ", ", ").split(",")]
            return f"`{detail['input']}` is none of {listed(known, 12)}{near(detail['input'], known)}"
        case "union_tag_not_found":
            return f"{context['discriminator'].strip(chr(39))} is missing"
        case "union_tag_invalid":
            known = [k.strip(" '") for k in str(context["expected_tags"]).split(",")]
            return f"`{context['tag']}` is none of {listed(known)}{near(context['tag'], known)}"
        case "value_error":
            return str(context["error"])
    return str(detail["msg"][0].lower() + detail["msg"][1:])


@lru_cache(maxsize=64)
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(by_alias=True)


def _fields(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The names of the fields allowed at a place of a model."""
    whole = _schema(model)
    here = whole
    for part in loc:
        here = _below(_resolved(here, whole), part, whole)
    return sorted(_resolved(here, whole).get("properties", {}))


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """The schema behind a reference; of an optional value, the one that is not null."""
    while True:
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        elif "anyOf" in schema:
            schema = next((s for s in schema["anyOf"] if s.get("type") != "null"), {})
        else:
            return schema


def _below(schema: Schema, part: str | int, whole: Schema) -> Schema:
    if isinstance(part, int):
        found: Schema = schema.get("items", {})
    elif part in schema.get("discriminator", {}).get("mapping", {}):
        found = {"$ref": schema["discriminator"]["mapping"][part]}
    elif part in schema.get("properties", {}):
        found = schema["properties"][part]
    else:
        extra = schema.get("additionalProperties")
        found = extra if isinstance(extra, Mapping) else {}
    return _resolved(found, whole)
