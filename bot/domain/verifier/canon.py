"""Canonical JSON (RFC 8785) and what a row hashes to."""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
GENESIS = "0" * 64
EXACT = 2**53
PLAIN_UP_TO, PLAIN_FROM = 21, -6  # where ECMAScript begins to write exponents
FIRST = ("id", "at", "environment", "kind", "actor", "role", "incident_id", "data", "seq", "prev_hash")
HASHED = {1: FIRST, 2: (*FIRST, "written_at", "proof", "request", "content", "code")}  # by a row's format


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value. Raises ValueError for what JSON cannot say exactly."""
    return _json(value).encode()


def _json(value: Any) -> str:
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) >= EXACT:
            raise ValueError("an integer beyond what JSON says exactly")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_json(name)}:{_json(inner)}" for name, inner in members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    raise ValueError(f"{type(value).__name__} is no JSON")


def _number(value: float) -> str:
    """As ECMAScript writes it."""
    if not math.isfinite(value):
        raise ValueError("no number")
    if value == 0:
        return "0"
    _, numerals, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    digits, sign = "".join(map(str, numerals)), "-" if value < 0 else ""
    point = len(digits) + int(exponent)  # how many digits stand before the decimal point
    if 0 < point <= PLAIN_UP_TO:
        said = digits.ljust(point, "0")
        return sign + said[:point] + (f".{said[point:]}" if said[point:] else "")
    if PLAIN_FROM < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def row_hash(row: Json) -> str:
    """What a row's hash must be, under the format it names. Raises KeyError for a format nobody knows."""
    return digest({"format": row["format"], **{name: row[name] for name in HASHED[row["format"]]}})
