"""Who this deployment is in Slack: asked once and remembered, so that Slack may be away."""

from __future__ import annotations

import structlog

from bot.bootstrap.build import Parts
from bot.slack.settings import Identity
from bot.slack.wire import MODAL_SECONDS, SlackTrouble, said, web_client

FACTS = ("bot_id", "bot_user_id", "team_id")
log = structlog.get_logger(__name__)


async def identity(parts: Parts) -> Identity:
    """Who we are: as remembered, else as auth.test says, else unknown until the first request."""
    token = parts.settings.slack_bot_token or ""
    async with parts.ctx.store.read() as tx:
        known = {name: await tx.keepsakes.fact(name) for name in FACTS}
    if not all(known.values()):
        known |= await _ask(parts, token)
    return Identity(token, known["bot_id"], known["bot_user_id"], known["team_id"])


async def _ask(parts: Parts, token: str) -> dict[str, str | None]:
    try:
        client = web_client(token, parts.settings.slack_api_base_url, MODAL_SECONDS)
        answer = await said(client.auth_test())
    except SlackTrouble as trouble:
        log.warning("slack.unknown_identity", reason=str(trouble))
        return {}
    found = {
        "bot_id": answer.get("bot_id"),
        "bot_user_id": answer.get("user_id"),
        "team_id": answer.get("team_id"),
    }
    async with parts.ctx.store.write() as tx:
        for name, value in found.items():
            if value and await tx.keepsakes.fact(name) is None:
                await tx.keepsakes.set_fact(name, str(value))
    return found
