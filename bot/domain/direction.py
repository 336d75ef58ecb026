"""Which way a value that no level has differs from one that a level has, told from how the levels go."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from bot.domain.control import Control, Value, same_value


def at_least_as_tight(control: Control, value: Value, than: Value) -> bool | None:
    """Whether no field of a value is looser than another's; None where the levels do not tell of a field."""
    if value.keys() != than.keys():
        return None
    told = [_tighter(control, f, value[f], than[f]) for f in value if not _same(value[f], than[f])]
    if any(one is False for one in told):
        return False
    return None if None in told else True


def _tighter(control: Control, field: str, value: Any, than: Any) -> bool | None:
    steps = [_number(level.value.get(field)) for level in control.levels]
    a, b = _number(value), _number(than)
    known = [n for n in steps if n is not None]
    if a is None or b is None or len(known) < len(steps) or len(set(known)) == 1:
        return None
    if all(x >= y for x, y in pairwise(known)):
        return a < b
    return a > b if all(x <= y for x, y in pairwise(known)) else None


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _same(a: Any, b: Any) -> bool:
    return same_value({"": a}, {"": b})
