"""As much of JSON Schema 2020-12 as our schemas use; a keyword it does not know fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}
SAYS_NOTHING = {"title", "description", "examples", "default", "$defs", "$schema", "discriminator", "format"}


def misfits(value: Any, whole: Schema) -> list[str]:
    """Where a value does not fit, and by which keyword: `steps.0.phase: enum`."""
    return [f"{'.'.join(map(str, at))}: {keyword}" for at, keyword in _Fit(whole).of(value, whole, ())]


class _Fit:
    def __init__(self, whole: Schema) -> None:
        self.whole = whole

    def of(self, value: Any, schema: Schema | bool, at: tuple[Any, ...]) -> Iterator[tuple[Any, str]]:
        if isinstance(schema, bool):
            if not schema:
                yield at, "false"
            return
        if "type" in schema and type(value) is not TYPES[schema["type"]]:
            yield at, "type"
            return
        for keyword in schema.keys() - SAYS_NOTHING - {"type", "then", "else", "additionalProperties"}:
            yield from getattr(self, "_" + keyword.strip("$"))(value, schema, at)
        if isinstance(value, dict):
            yield from self._others(value, schema, at)

    def fits(self, value: Any, schema: Schema, at: tuple[Any, ...]) -> bool:
        return not list(self.of(value, schema, at))

    def _ref(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        yield from self.of(value, self.whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], at)

    def _anyOf(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        if not any(self.fits(value, one, at) for one in schema["anyOf"]):
            yield at, "anyOf"

    def _oneOf(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        if sum(self.fits(value, one, at) for one in schema["oneOf"]) != 1:
            yield at, "oneOf"

    def _allOf(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        for one in schema["allOf"]:
            yield from self.of(value, one, at)

    def _if(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        yield from self.of(value, schema["then" if self.fits(value, schema["if"], at) else "else"], at)

    def _enum(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        if value not in schema["enum"]:
            yield at, "enum"

    def _const(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        if value != schema["const"]:
            yield at, "const"

    def _pattern(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        if isinstance(value, str) and not re.search(schema["pattern"], value):
            yield at, "pattern"

    def _minimum(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        if value < schema["minimum"]:
            yield at, "minimum"

    def _maximum(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        if value > schema["maximum"]:
            yield at, "maximum"

    def _minItems(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        if isinstance(value, list) and len(value) < schema["minItems"]:
            yield at, "minItems"

    def _maxItems(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        if isinstance(value, list) and len(value) > schema["maxItems"]:
            yield at, "maxItems"

    def _minProperties(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        if len(value) < schema["minProperties"]:
            yield at, "minProperties"

    def _items(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        for i, item in enumerate(value):
            yield from self.of(item, schema["items"], (*at, i))

    def _prefixItems(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        for i, (item, kind) in enumerate(zip(value, schema["prefixItems"], strict=False)):
            yield from self.of(item, kind, (*at, i))

    def _required(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        for name in schema["required"]:
            if name not in value:
                yield (*at, name), "required"

    def _properties(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        for name in value.keys() & schema["properties"].keys():
            yield from self.of(value[name], schema["properties"][name], (*at, name))

    def _propertyNames(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:  # noqa: N802 - JSON Schema's
        for name in value:
            yield from self.of(name, schema["propertyNames"], (*at, name))

    def _others(self, value: Any, schema: Schema, at: Any) -> Iterator[tuple[Any, str]]:
        for name in value.keys() - schema.get("properties", {}).keys():
            for where, keyword in self.of(value[name], schema.get("additionalProperties", True), (*at, name)):
                yield where, "additionalProperties" if keyword == "false" else keyword
