"""What happened, kept in bounded lists: Web API calls, deliveries to the bot, refused payloads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from bot.sandbox.slack.model import Json

CALLS_KEPT = 100_000
OTHERS_KEPT = 10_000


@dataclass
class ApiCall:
    """One Web API call; status 0 means that the connection was closed without an answer."""

    method: str
    at: datetime
    status: int = 0
    error: str | None = None
    channel: str | None = None
    ts: str | None = None
    fault: str | None = None
    ms: float = 0.0
    number: int = 0


@dataclass
class Delivery:
    """One attempt to reach the bot; status None means no answer, `failure` says why.

    `connection` is the number of the Socket Mode connection it went over; over HTTP there is none.
    """

    name: str
    at: datetime
    status: int | None = None
    failure: str | None = None
    retry: int = 0
    fault: str | None = None
    ms: float = 0.0
    number: int = 0
    connection: int | None = None


@dataclass
class Refusal:
    """A payload of the bot that broke Slack's rules; a healthy bot leaves none."""

    where: str
    at: datetime
    error: str
    messages: list[str] = field(default_factory=list)
    number: int = 0


Entry = TypeVar("Entry", ApiCall, Delivery, Refusal)


class Log(Generic[Entry]):
    """The newest `most` entries, numbered from 1 without gaps."""

    def __init__(self, most: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self._number = 0

    def add(self, entry: Entry) -> None:
        """Number the entry and keep it."""
        self._number += 1
        entry.number = self._number
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget the entries; the numbers go on."""
        self._entries.clear()

    def as_json(self, wanted: Callable[[Entry], bool] = lambda _entry: True) -> list[Json]:
        """The wanted entries, oldest first, times in RFC 3339."""
        chosen = [entry for entry in self._entries if wanted(entry)]
        return [{**asdict(entry), "at": entry.at.isoformat()} for entry in chosen]


class Journal:
    """The three logs of a workspace."""

    def __init__(self) -> None:
        self.calls: Log[ApiCall] = Log(CALLS_KEPT)
        self.deliveries: Log[Delivery] = Log(OTHERS_KEPT)
        self.refusals: Log[Refusal] = Log(OTHERS_KEPT)
