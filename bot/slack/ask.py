"""What somebody asks through Slack, and the ways to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.authority import Person
from bot.domain.text import clean
from bot.slack.cards.blocks import Block, Message
from bot.usecases.ports import Actor, Context

NAME_LENGTH = 80


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


def actor_of(ctx: Context, user_id: str, name: str, request_id: str) -> Actor:
    """The person behind a Slack user; one not listed goes by the Slack id and is entitled to nothing."""
    known = ctx.content.now.directory.by_slack(user_id)
    person = known or Person(
        id=f"slack:{user_id}", name=clean(name, limit=NAME_LENGTH) or user_id, slack=user_id
    )
    return Actor(person, via="slack", request_id=request_id)


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
