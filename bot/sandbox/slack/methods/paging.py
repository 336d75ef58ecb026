"""Cursor pagination: opaque cursors over a list."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any, TypeVar

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Json

Item = TypeVar("Item")


def page(args: Arguments, things: list[Item], *, default: int, most: int) -> tuple[list[Item], Json]:
    """One page and the `response_metadata` that leads to the next (`next_cursor` is empty at the end)."""
    limit = args.number("limit", default)
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = _position(args.optional("cursor"))
    end = start + limit
    cursor = b64encode(f"next:{end}".encode()).decode() if end < len(things) else ""
    metadata: dict[str, Any] = {"next_cursor": cursor}
    return things[start:end], metadata


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
