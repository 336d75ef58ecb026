"""The three kinds of request: read it, let it be answered, ack. Everything slower is a job.

The only call to Slack made here opens a modal. A private word after a click is a job, because Slack shows
nothing of a click's acknowledgement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import AlreadyDone, BadInput, Refusal
from bot.slack import ids, shortcuts
from bot.slack.actions import ACTIONS
from bot.slack.answers import REPEATED, SLOW, away_text, refused, refused_plainly
from bot.slack.ask import Ask, Open, Replace, Reply, Say, actor_of, filled, proof_of, say
from bot.slack.cards.blocks import Block, Message
from bot.slack.cards.forms import notice
from bot.slack.commands import COMMANDS
from bot.slack.submissions import submitted
from bot.slack.text import clip
from bot.slack.wire import SlackTrouble, said
from bot.usecases import home as homes
from bot.usecases import work
from bot.usecases.once import Repeated, once
from bot.usecases.ports import Actor, Context, StoreError

# Slack waits three seconds: for the answer, then a modal until LATEST or a private word for TELLING.
WITHIN, LATEST, TELLING = 2.0, 2.7, 0.7
COMPLAINT = 300
Json = Mapping[str, Any]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listeners:
    """`client` opens modals; its timeout must leave Slack's three seconds time."""

    ctx: Context
    client: AsyncWebClient

    async def command(self, ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        """Answer a slash command in its acknowledgement."""
        until = asyncio.get_running_loop().time() + LATEST
        token = str(body.get("trigger_id") or "")
        name, proof = str(body.get("user_name") or ""), proof_of(request)
        actor = actor_of(self.ctx, str(body["user_id"]), name, token, proof)
        ask = Ask(
            once(self.ctx, f"command:{token}"),
            actor,
            str(body.get("channel_id") or ""),
            token,
            raw=str(body.get("text") or ""),
        )
        reply = await self._answered(COMMANDS[str(body["command"])](ask))
        if isinstance(reply, Open):
            reply = await self._opened(reply, token, until)
        if isinstance(reply, Say):
            await ack({"response_type": "ephemeral", **reply.message.body})
        else:
            await ack()

    async def click(self, ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        """Carry a button out."""
        until = asyncio.get_running_loop().time() + LATEST
        action, user = body["actions"][0], body["user"]
        token = str(body.get("trigger_id") or "")
        view = _modal(body)
        channel = str((body.get("channel") or {}).get("id") or _channel_of(view))
        actor = _clicker(self.ctx, user, token, request)
        ask = Ask(
            once(self.ctx, f"click:{token}"), actor, channel, token, packed=str(action.get("value") or "")
        )
        reply = await self._answered(_acted(str(action["action_id"]), ask), clicked=ask)
        if isinstance(reply, Open):
            reply = await self._opened(reply, token, until, str(view.get("id") or ""))
        if isinstance(reply, Say):
            await self._tell(f"click:{token}", ask, reply.message)
        await ack()

    async def shortcut(self, ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        """Open the modal of an entry of Slack's menus."""
        until = asyncio.get_running_loop().time() + LATEST
        token, user = str(body.get("trigger_id") or ""), body["user"]
        opening = shortcuts.opening(self.ctx.content.now.directory, body)
        reply = await self._opened(opening, token, until) if opening else None
        if isinstance(reply, Say):
            actor = _clicker(self.ctx, user, token, request)
            channel = str((body.get("channel") or {}).get("id") or "")
            await self._tell(f"shortcut:{token}", Ask(self.ctx, actor, channel, token), reply.message)
        await ack()

    async def home(self, ack: AsyncAck, event: Json) -> None:
        """Keep the Home of whoever looks at it up to date from now on."""
        if event.get("tab") == "home":
            shown_hash = str((event.get("view") or {}).get("hash") or "")
            await homes.opened(self.ctx, str(event["user"]), shown_hash)
        await ack()

    async def submission(self, ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        """Carry a modal out; a refusal stands beside the field it is about."""
        view, user = body["view"], body["user"]
        try:
            form = ids.form_of(str(view.get("callback_id") or ""))
            memory = ids.remembered(str(view.get("private_metadata") or ""))
        except Refusal as refusal:
            await ack(**_complaint(view, refusal))
            return
        token = f"view:{view['id']}:{memory.get('step', form)}"
        actor = _clicker(self.ctx, user, token, request)
        channel = memory.get("channel", "")
        ask = Ask(once(self.ctx, token), actor, channel, token, memory=memory, fields=filled(view))
        try:
            async with asyncio.timeout(WITHIN):
                reply = await submitted(form, ask)
        except Refusal as refusal:
            await ack(**_complaint(view, refusal))
        except Repeated:
            await ack()
        except StoreError as error:
            await ack(response_action="update", view=notice("Not now", away_text(error)))
        except TimeoutError:
            await ack(response_action="update", view=notice("Not sure", SLOW))
        else:
            await self._submitted(ack, ask, reply)

    async def _submitted(self, ack: AsyncAck, ask: Ask, reply: Reply) -> None:
        if isinstance(reply, Replace):
            await ack(response_action="update", view=reply.view)
            return
        if isinstance(reply, Say):
            await self._tell(ask.token, ask, reply.message)
        await ack()

    async def _answered(self, answer: Awaitable[Reply], *, clicked: Ask | None = None) -> Reply:
        """The answer, or the sentence that says why there is none; a button's repetition is passed over."""
        try:
            async with asyncio.timeout(WITHIN):
                return await answer
        except Refusal as refusal:
            gates = self.ctx.content.now.gates
            return None if clicked and await _taken(clicked) else Say(refused(refusal, gates))
        except Repeated:
            return None if clicked else say(REPEATED)
        except StoreError as error:
            return Open(notice("Not now", away_text(error)), "") if clicked else say(away_text(error))
        except TimeoutError:
            return say(SLOW)

    async def _opened(self, opening: Open, trigger_id: str, until: float, within: str = "") -> Reply:
        """Open a modal, or redraw the one `within` which the button was."""
        try:
            async with asyncio.timeout_at(until):
                if within:
                    await said(self.client.views_update(view_id=within, view=opening.view))
                else:
                    await said(self.client.views_open(trigger_id=trigger_id, view=opening.view))
        except (SlackTrouble, TimeoutError) as trouble:
            log.warning("slack.no_modal", reason=str(trouble) or "Slack took too long")
            if opening.instead:
                return say(f"Slack would not open the form just now. Instead: {opening.instead}.")
        return None

    async def _tell(self, key: str, ask: Ask, message: Message) -> None:
        """A private word, as a job; it is not worth keeping Slack waiting."""
        try:
            async with asyncio.timeout(TELLING), self.ctx.store.write() as tx:
                await work.tell(tx, key, ask.actor.person.slack, ask.channel, message.text)
        except (StoreError, TimeoutError) as error:
            log.warning("slack.untold", reason=str(error) or "it took too long")


async def _taken(ask: Ask) -> bool:
    """Whether this very click had its effect already: its repetition must not be told who was first."""
    try:
        async with asyncio.timeout(TELLING), ask.ctx.store.write():
            return False
    except Repeated:
        return True
    except (StoreError, TimeoutError):
        return False


def _clicker(ctx: Context, user: Json, token: str, request: AsyncBoltRequest) -> Actor:
    return actor_of(ctx, str(user["id"]), str(user.get("name") or ""), token, proof_of(request))


def _modal(body: Json) -> Json:
    """The modal that a button was in; empty for one in a message or on Home."""
    view = body.get("view") or {}
    return view if view.get("type") == "modal" else {}


def _channel_of(view: Json) -> str:
    """The channel from which a modal was opened, as it remembers."""
    try:
        return ids.remembered(str(view.get("private_metadata") or "")).get("channel", "")
    except Refusal:
        return ""


async def _acted(action_id: str, ask: Ask) -> Reply:
    return await ACTIONS[ids.act_of(action_id)](ask)


def _complaint(view: Json, refusal: Refusal) -> dict[str, Any]:
    """The refusal beside the field it is about, or in place of a modal that has no fields."""
    fields = [str(b["block_id"]) for b in view["blocks"] if b["type"] == "input"]
    if not fields or isinstance(refusal, AlreadyDone):
        shown: Block = notice("Nothing was changed", refused(refusal).text)
        return {"response_action": "update", "view": shown}
    about = refusal.field if isinstance(refusal, BadInput) and refusal.field in fields else fields[0]
    return {"response_action": "errors", "errors": {about: clip(refused_plainly(refusal), COMPLAINT)}}
