"""What must answer before this process is ready, each by name."""

from __future__ import annotations

from collections.abc import Mapping

from redis.exceptions import RedisError

from bot.bootstrap.build import Parts
from bot.slack.wire import SlackTrouble, said, web_client
from bot.web.health import Check, NotReady

BEAT_WITHIN = 30.0
SLACK_WITHIN = 2


def readiness(parts: Parts) -> Mapping[str, Check]:
    """The checks of `/readyz`; Slack's is there only where Slack is set up."""

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

    async def slack() -> None:
        settings = parts.settings
        client = web_client(settings.slack_bot_token or "", settings.slack_api_base_url, SLACK_WITHIN)
        try:
            await said(client.auth_test())
        except SlackTrouble as trouble:
            raise NotReady(str(trouble)) from None

    checks: dict[str, Check] = {"database": database, "redis": redis, "worker": worker}
    if parts.settings.slack_bot_token:
        checks["slack"] = slack
    return checks
