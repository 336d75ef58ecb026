"""What is brought to the app, and what came of it; the same over HTTP and over Socket Mode."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import urlencode

from bot.sandbox.slack.model import Json

Tamper = Literal["bad_signature", "no_signature", "stale_timestamp"]
Kind = Literal["slash_commands", "interactive", "events_api"]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Parcel:
    """One request to the app: `name` is what faults and the journal call it, `kind` its envelope's type."""

    name: str
    kind: Kind
    payload: Json
    tamper: Tamper | None = None

    @property
    def body(self) -> bytes:
        """Its body over HTTP: an interaction is JSON in one form field."""
        if self.kind == "events_api":
            return json.dumps(self.payload).encode()
        form = self.payload if self.kind == "slash_commands" else {"payload": json.dumps(self.payload)}
        return urlencode(form).encode()

    @property
    def content_type(self) -> str:
        """That body's type."""
        return JSON if self.kind == "events_api" else FORM


@dataclass(frozen=True)
class Attempt:
    """One try to bring a parcel: `retry` counts from 0, with its `reason`.

    Over Socket Mode copies of one delivery share `envelope`, and the app's ack may be lost (`lose_ack`) or
    the connection cut when it comes (`cut`); HTTP knows nothing of these.
    """

    envelope: str
    retry: int = 0
    reason: str = ""
    lose_ack: bool = False
    cut: bool = False

    def again(self, envelope: str, retry: int, reason: str) -> Attempt:
        """A later try, faultless and in an envelope of its own."""
        return replace(self, envelope=envelope, retry=retry, reason=reason, lose_ack=False, cut=False)


@dataclass(frozen=True)
class Outcome:
    """What came of it: the answer, or `failure` (`operation_timeout` or `dispatch_failed`)."""

    status: int | None
    body: str
    content_type: str
    ms: float
    failure: str | None

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.failure is None


class Carrier(Protocol):
    """A way to the app."""

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Try once, within the app's deadline; every sending is in the journal."""


def form_parcel(name: str, fields: Json, tamper: Tamper | None = None) -> Parcel:
    """A slash command."""
    return Parcel(name, "slash_commands", fields, tamper)


def payload_parcel(name: str, payload: Json, tamper: Tamper | None = None) -> Parcel:
    """An interaction."""
    return Parcel(name, "interactive", payload, tamper)


def event_parcel(name: str, body: Json) -> Parcel:
    """An event, or the question whether the Request URL is the app's."""
    return Parcel(name, "events_api", body)
