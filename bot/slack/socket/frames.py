"""What Slack says over a WebSocket: a greeting, envelopes, and that the connection is to end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

KINDS = frozenset({"slash_commands", "interactive", "events_api"})


@dataclass(frozen=True, slots=True)
class Hello:
    """The connection stands; `connections` of this app do."""

    connections: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The connection ends, or is about to, for a `reason` such as `refresh_requested`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request of kind `slash_commands`, `interactive` or `events_api`, to be acked by its id.

    `size` is the whole frame's, in bytes; `retry` counts an event's deliveries from 0.
    """

    id: str
    kind: str
    payload: dict[str, Any]
    takes_answer: bool
    size: int
    retry: int = 0
    reason: str = ""


Frame = Hello | Goodbye | Envelope


def read(text: str) -> Frame | None:
    """A frame; None for what is none of these, which is nothing to us."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    if found.get("type") == "hello":
        number = found.get("num_connections")
        return Hello(number if isinstance(number, int) else 1)
    if found.get("type") == "disconnect":
        return Goodbye(str(found.get("reason") or "unknown")[:80])
    return _envelope(found, len(text.encode()))


def _envelope(found: dict[str, Any], size: int) -> Envelope | None:
    name, payload = found.get("envelope_id"), found.get("payload")
    if not isinstance(name, str) or not name:
        return None
    retry = found.get("retry_attempt")
    return Envelope(
        id=name,
        kind=str(found.get("type")),
        payload=payload if isinstance(payload, dict) else {},
        takes_answer=found.get("accepts_response_payload") is True,
        size=size,
        retry=retry if isinstance(retry, int) else 0,
        reason=str(found.get("retry_reason") or ""),
    )
