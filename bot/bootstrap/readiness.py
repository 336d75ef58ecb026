"""What must answer before this process is ready, each by name."""

from __future__ import annotations

from collections.abc import Mapping

from redis.exceptions import RedisError

from bot.bootstrap.build import Parts
from bot.bootstrap.settings import Settings
from bot.slack.socket.line import Line
from bot.slack.wire import SlackTrouble, said, web_client
from bot.web.health import Check, NotReady

BEAT_WITHIN = 30.0
SLACK_WITHIN = 2


def readiness(parts: Parts, line: Line | None) -> Mapping[str, Check]:
    """The checks of `/readyz`; Slack's are there only where Slack is set up, `line` with Socket Mode."""

    async def database() -> None:
        async with parts.ctx.store.read() as tx:
            await tx.ledger.head()

    async def redis() -> None:
        try:
            await parts.redis.ping()
        except (RedisError, OSError):
            raise NotReady("Redis does not answer") from None

    async def worker() -> None:
        age = await parts.queue.heartbeat_age()
        if age is None:
            raise NotReady("no worker has ever started; run `breakwater worker`")
        if age > BEAT_WITHIN:
            raise NotReady(f"no worker has been heard of for {age:.0f} s")

    return {"database": database, "redis": redis, "worker": worker, **_slack_checks(parts.settings, line)}


def _slack_checks(settings: Settings, line: Line | None) -> dict[str, Check]:
    async def answers() -> None:
        client = web_client(settings.slack_bot_token or "", settings.slack_api_base_url, SLACK_WITHIN)
        try:
            await said(client.auth_test())
        except SlackTrouble as trouble:
            raise NotReady(str(trouble)) from None

    async def connected() -> None:
        if line is not None and line.trouble:
            raise NotReady(line.trouble)

    checks: dict[str, Check] = {}
    if settings.slack_bot_token:
        checks["slack"] = answers
    if line is not None:
        checks["slack_socket"] = connected
    return checks
