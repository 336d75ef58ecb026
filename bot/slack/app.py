"""Bolt, told who we are once and for all, with one listener for each kind of request."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import BROKEN
from bot.slack.commands import COMMANDS
from bot.slack.entrance import Entrance
from bot.slack.listeners import Listeners
from bot.slack.settings import Identity
from bot.usecases.ports import Context, StoreError

ANY = re.compile(".*", re.DOTALL)
log = structlog.get_logger(__name__)


def build_app(ctx: Context, identity: Identity, client: AsyncWebClient) -> AsyncApp:
    """The Bolt app. `client` opens modals (`web_client(…, seconds=MODAL_SECONDS)`).

    Signatures are checked by the door in front of it, teams by the entrance.
    """
    app = _bolt(identity, client.base_url)
    listeners = Listeners(ctx, client)
    for name in COMMANDS:
        app.command(name)(listeners.command)
    app.action(ANY)(listeners.click)
    app.view(ANY)(listeners.submission)
    app.shortcut(ANY)(listeners.shortcut)
    app.event("app_home_opened")(listeners.home)
    for kind in (app.event, app.options, app.view_closed):
        kind(ANY)(_take)
    app.error(_broken)
    return app


def _bolt(identity: Identity, base_url: str) -> AsyncApp:
    """Bolt with what we know of ourselves: given `token=`, it would ask Slack before every listener."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team_id,
            bot_token=identity.bot_token,
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user_id,
        )

    quiet = logging.getLogger("breakwater.bolt")
    quiet.setLevel(logging.ERROR)  # it warns of SLACK_BOT_TOKEN, which it need not use, and of what we log
    return AsyncApp(
        name="breakwater",
        logger=quiet,
        signing_secret="",
        client=AsyncWebClient(base_url=base_url),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=identity.bot_id is not None,
        attaching_conversation_kwargs_enabled=False,
    )


def slack_entrance(ctx: Context, identity: Identity, client: AsyncWebClient) -> Entrance:
    """What the door and Socket Mode lead to, with the app behind it."""
    return Entrance(ctx, build_app(ctx, identity, client), identity)


async def _take(ack: AsyncAck) -> None:
    """What we did not ask for is taken, or Slack would send it again."""
    await ack()


async def _broken(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """A defect of ours: a command is told so in private; to a modal Slack itself says that it failed.

    An event that finds no database is answered with a failure, so that Slack sends it again.
    """
    if isinstance(error, StoreError):
        log.warning("slack.store_away", reason=str(error))
        return BoltResponse(status=503)
    log.error("slack.broken", kind=body.get("type", "command"), exc_info=error)
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": BROKEN})
    return BoltResponse(status=500)
