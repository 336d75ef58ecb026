"""Filling a described request with a control's params, its target and the value to set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.domain.adapter import Headers, Mapped, Scalar, spoken, to_theirs
from bot.domain.control import Control, Value
from bot.usecases.ports import Order, Refused

REASON_LIMIT = 1000
_SLOT = re.compile(r"\{([a-z_]+)\}")
Facts = Mapping[str, Scalar]


def facts_of(control: Control, target: str, value: Value | None = None) -> dict[str, Scalar]:
    """What a slot may name: params, `target`, and of a value its fields, which win, and its `in_flight` rule.

    Values are in the service's words. Raises Refused for a target that the control does not have.
    """
    if target not in control.targets:
        raise Refused(f"{control.id} has no target {target}")
    facts: dict[str, Scalar] = {**control.params, "target": target}
    if value is None:
        return facts
    level = control.level_of(value) or control.levels[0]
    if level.in_flight:
        facts["in_flight"] = level.in_flight
    return {**facts, **theirs(control, value)}


def theirs(control: Control, value: Value) -> Value:
    """A value in the words of the control's service."""
    words = control.adapter.map if isinstance(control.adapter, Mapped) else {}
    return to_theirs(words, value)


def fill_path(path: str, facts: Facts) -> str:
    """The path with every slot percent-encoded, so that no fact can leave its segment.

    Raises Refused for a slot without a fact, or a fact that a server would take as a step in the path.
    """

    def one(slot: re.Match[str]) -> str:
        text = _text(slot, facts)
        if text in ("", ".", ".."):
            raise Refused(f"nothing was sent: {{{slot[1]}}} is {text!r}, which cannot stand in a path")
        return quote(text, safe="", errors="replace")

    return _SLOT.sub(one, path)


def fill_body(body: Any, facts: Facts) -> Any:
    """The body with its slots filled; an entry that is one slot alone takes the fact with its type.

    Raises Refused for a slot without a fact.
    """
    if isinstance(body, dict):
        return {key: fill_body(entry, facts) for key, entry in body.items()}
    if isinstance(body, list):
        return [fill_body(entry, facts) for entry in body]
    if not isinstance(body, str):
        return body
    if whole := _SLOT.fullmatch(body):
        return _fact(whole, facts)
    return _SLOT.sub(lambda slot: _text(slot, facts), body)


def fill_headers(headers: Mapping[str, str], facts: Facts) -> dict[str, str]:
    """Headers with their slots filled, percent-encoded. Raises Refused for a slot without a fact."""

    def one(slot: re.Match[str]) -> str:
        return quote(_text(slot, facts), safe="/:", errors="replace")

    return {name: _SLOT.sub(one, text) for name, text in headers.items()}


def order_headers(names: Headers, order: Order, *, if_match: bool) -> dict[str, str]:
    """The headers that carry key, generation, reason and ETag under the service's own names."""
    carried = {
        names.idempotency: quote(order.key, safe="/:", errors="replace"),
        names.generation: f"{order.epoch}/{order.generation}",
        names.reason: encoded_reason(order.reason),
        "If-Match": order.etag if if_match and order.etag else "",
    }
    return {name: text for name, text in carried.items() if name and text}


def encoded_reason(reason: str) -> str:
    """Percent-encoded UTF-8 of at most REASON_LIMIT characters, cut between two characters.

    The encoded text is what counts: servers commonly refuse header lines beyond 8 kB.
    """
    out = ""
    for letter in reason.strip():
        piece = quote(letter, safe="", errors="replace")
        if len(out) + len(piece) > REASON_LIMIT:
            break
        out += piece
    return out


def _fact(slot: re.Match[str], facts: Facts) -> Scalar:
    if slot[1] not in facts:
        raise Refused(f"nothing was sent: the control has nothing to put for {{{slot[1]}}}")
    return facts[slot[1]]


def _text(slot: re.Match[str], facts: Facts) -> str:
    return spoken(_fact(slot, facts))
