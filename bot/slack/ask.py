"""What somebody asks through Slack, and the ways to answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.authority import Person
from bot.domain.text import clean
from bot.slack.cards.blocks import Block, Message
from bot.usecases.ports import Actor, Context

NAME_LENGTH = 80
ENVELOPE = "x-slack-envelope"  # ours: Socket Mode has no headers, and its envelopes have ids


@dataclass(frozen=True, slots=True)
class Ask:
    """One command, click or submission.

    `ctx` claims the request's id in its first writing transaction. `raw` is a command's text as Slack sent
    it, `packed` a button's value, `memory` and `fields` a modal's; `token` names the request.
    """

    ctx: Context
    actor: Actor
    channel: str
    token: str
    raw: str = ""
    packed: str = ""
    memory: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Answer privately."""

    message: Message


@dataclass(frozen=True, slots=True)
class Open:
    """Open a modal; `instead` is what to type when Slack will not open one, markup."""

    view: Block
    instead: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Redraw the submitted modal."""

    view: Block


Reply = Say | Open | Replace | None


def say(text: str) -> Say:
    """A private answer in one sentence; `text` is markup."""
    return Say(Message(text))


def actor_of(
    ctx: Context, user_id: str, name: str, request_id: str, proof: Mapping[str, str] | None = None
) -> Actor:
    """The person behind a Slack user; one not listed goes by the Slack id and is entitled to nothing.

    `proof` is how we know that it was Slack who named them.
    """
    known = ctx.content.now.directory.by_slack(user_id)
    person = known or Person(
        id=f"slack:{user_id}", name=clean(name, limit=NAME_LENGTH) or user_id, slack=user_id
    )
    return Actor(person, via="slack", request_id=request_id, proof={"user": user_id, **(proof or {})})


def proof_of(request: AsyncBoltRequest) -> dict[str, str]:
    """How we know that a request is Slack's: its signature over time and body, or the line it came by.

    The signature is no secret: only who has the signing secret can make one, or check it with the body.
    """
    team = {"team": str(request.body.get("team_id") or (request.body.get("team") or {}).get("id") or "")}
    if request.mode != "http":
        return {**team, "by": "socket mode", "envelope": _first(request, ENVELOPE)}
    body = hashlib.sha256(request.raw_body.encode()).hexdigest()
    signed = {"signature": _first(request, "x-slack-signature"), "body_sha256": body}
    return {
        **team,
        "by": "signed request",
        "signed_at": _first(request, "x-slack-request-timestamp"),
        **signed,
    }


def _first(request: AsyncBoltRequest, header: str) -> str:
    return str(next(iter(request.headers.get(header) or ()), ""))


def filled(view: Mapping[str, Any]) -> dict[str, str]:
    """What was typed and chosen in a modal, by block id; what was left empty is missing."""
    found: dict[str, str] = {}
    for block_id, entries in (view.get("state") or {}).get("values", {}).items():
        for entry in entries.values():
            option = entry.get("selected_option") or {}
            value = entry.get("value") or option.get("value") or entry.get("selected_user")
            if value:
                found[block_id] = str(value)
    return found
