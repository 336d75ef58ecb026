"""A small language for JSON shapes: rules are built here, the tables that use them stand beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Rule = Callable[[Any, str], Iterator["Problem"]]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a payload, and where: a JSON pointer and one rule."""

    pointer: str
    rule: str
    code: str = "failed_constraint"

    def __str__(self) -> str:
        return f"[ERROR] {self.rule} [json-pointer:{self.pointer}]"

    def as_json(self) -> Json:
        """The entry that `blocks.validate` lists."""
        return {"pointer": self.pointer, "code": self.code, "message": self.rule}


def string(most: int, least: int = 1, pattern: str | None = None) -> Rule:
    """Text of `least` to `most` characters, matching `pattern` in full if one is given."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer, "must provide a string", "invalid_type")
        elif len(value) > most:
            yield Problem(pointer, f"must be less than {most + 1} characters")
        elif len(value) < least:
            yield Problem(pointer, f"must be more than {least - 1} characters")
        elif pattern and not re.fullmatch(pattern, value):
            yield Problem(pointer, f"failed to match the pattern {pattern}")

    return check


def integer(least: int, most: int) -> Rule:
    """A whole number from `least` to `most`."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Problem(pointer, "must provide an integer", "invalid_type")
        elif not least <= value <= most:
            yield Problem(pointer, f"must be between {least} and {most}")

    return check


def boolean(value: Any, pointer: str) -> Iterator[Problem]:
    """True or false and nothing that merely resembles them."""
    if not isinstance(value, bool):
        yield Problem(pointer, "must provide a boolean", "invalid_type")


def anything(_value: Any, _pointer: str) -> Iterator[Problem]:
    """No rule here; another one sees to it."""
    return iter(())


def number(value: Any, pointer: str) -> Iterator[Problem]:
    """A JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Problem(pointer, "must provide a number", "invalid_type")


def choice(*names: str) -> Rule:
    """One of the given words."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if value not in names:
            yield Problem(pointer, f"must be one of: {', '.join(names)}")

    return check


def items(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of `least` to `most` things that each obey `rule`."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(pointer, "must provide an array", "invalid_type")
            return
        if len(value) > most:
            yield Problem(pointer, f"no more than {most} items allowed [max {most}]")
        if len(value) < least:
            yield Problem(pointer, f"no fewer than {least} items allowed [min {least}]")
        for index, item in enumerate(value[:most]):
            yield from rule(item, f"{pointer}/{index}")

    return check


def shape(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *, checks: Collection[Rule] = ()
) -> Rule:
    """An object with these properties and no others (`type` is the caller's); then `checks` on the whole."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer, "must provide an object", "invalid_type")
            return
        for name in required:
            if value.get(name) is None:
                yield Problem(pointer, f"missing required field: {name}", "missing_field")
        for name, item in value.items():
            if name in known:
                if item is not None or name not in required:
                    yield from known[name](item, f"{pointer}/{name}")
            elif name != "type":
                yield Problem(pointer, f"invalid additional property: {name}", "unknown_field")
        for extra in checks:
            yield from extra(value, pointer)

    return check


def tagged(table: Mapping[str, Rule], allowed: Collection[str] | None = None) -> Rule:
    """An object whose `type` picks its rule; types outside `allowed` do not belong here."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer, "must provide an object", "invalid_type")
            return
        kind = value.get("type")
        if kind is None:
            yield Problem(pointer, "missing required field: type", "missing_field")
        elif not isinstance(kind, str) or kind not in table or (allowed is not None and kind not in allowed):
            yield Problem(f"{pointer}/type", f"unsupported type: {kind}", "unsupported_type")
        else:
            yield from table[kind](value, pointer)

    return check


def exactly_one(*names: str) -> Rule:
    """A check on a whole object: one of these properties, not none and not several."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if sum(value.get(name) is not None for name in names) != 1:
            yield Problem(pointer, f"must provide exactly one of: {', '.join(names)}")

    return check


def at_least_one(*names: str) -> Rule:
    """A check on a whole object: it may not be empty of all of these."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not any(value.get(name) for name in names):
            yield Problem(pointer, f"must provide at least one of: {', '.join(names)}")

    return check
