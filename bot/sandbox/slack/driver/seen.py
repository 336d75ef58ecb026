"""What a person sees after doing something: the answer of every driver endpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.courier import Courier
from bot.sandbox.slack.driver.requests import Deed
from bot.sandbox.slack.messages import message_json
from bot.sandbox.slack.modals import current_modal, view_json
from bot.sandbox.slack.model import Channel, Json, User
from bot.sandbox.slack.parcels import Outcome, Parcel, payload_parcel
from bot.sandbox.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass
class Seen:
    """The acknowledgement as the person lives it.

    `saw` is the sentence on the screen when something failed; `errors` are a modal's, by block id.
    """

    error: str | None = None
    saw: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()


class Desk:
    """What every driver endpoint needs: the workspace, the courier, and the way answers are put together."""

    def __init__(self, workspace: Workspace, courier: Courier) -> None:
        self.workspace, self.courier = workspace, courier

    def mark(self) -> str:
        """A moment; what becomes visible afterwards belongs to the deed."""
        return self.workspace.new_ts()

    async def send(self, deed: Deed, name: str, payload: Json) -> list[Outcome]:
        """Deliver an interaction, spoiled as the deed says."""
        if deed.team_id:
            payload["team"] = {**payload["team"], "id": deed.team_id}
            payload["user"] = {**payload["user"], "team_id": deed.team_id}
        return await self.deliver(deed, payload_parcel(name, payload, deed.tamper))

    async def deliver(self, deed: Deed, parcel: Parcel) -> list[Outcome]:
        """Deliver a parcel as often as the deed says."""
        return await self.courier.deliver(parcel, deed.times)

    def answer(self, user: User, since: str, seen: Seen) -> Json:
        """The JSON answer: outcome, sentence, private messages since `since`, the open modal."""
        first = seen.outcomes[0] if seen.outcomes else None
        error = seen.error or (first.failure if first else None)
        modal = current_modal(self.workspace, user.id)
        return {
            "ok": error is None and not seen.errors,
            "since": since,
            "error": error,
            "saw": seen.saw,
            "errors": seen.errors,
            "status": first.status if first else None,
            "ack_ms": first.ms if first else None,
            "outcomes": [
                {"status": o.status, "ms": o.ms, "failure": o.failure, "body": o.body} for o in seen.outcomes
            ],
            "private": self.private(user, since),
            "modal": view_json(self.workspace, modal) if modal else None,
        }

    def private(self, user: User, since: str = "") -> list[Json]:
        """Ephemeral messages to this person after `since`, oldest first, each with its channel."""
        found = [
            (message, channel)
            for channel in self.workspace.channels.values()
            for message in channel.ephemerals
            if message.ephemeral_to == user.id and (message.ts > since or (message.edited or "") > since)
        ]
        found.sort(key=lambda pair: pair[0].edited or pair[0].ts)
        return [self.ephemeral_json(channel, message_json(self.workspace, m)) for m, channel in found]

    def ephemeral_json(self, channel: Channel, shown: Json) -> Json:
        """A message with its channel, marked as private."""
        return {**shown, "ephemeral": True, "channel": channel.id, "channel_name": channel.name}


def json_body(outcome: Outcome) -> Any:
    """The acknowledgement's JSON, or None when it is empty or no JSON."""
    try:
        return json.loads(outcome.body) if outcome.body.strip() else None
    except ValueError:
        return None
