"""The doctor's questions about Socket Mode: the app token, its switch, and whether anybody is connected."""

from __future__ import annotations

import aiohttp

from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, good, wrong
from bot.slack.socket.dial import Dial, NoLink
from bot.slack.wire import web_client

NAME = "socket mode"
OUT = "check SLACK_API_BASE_URL, and that this machine is let out to Slack's WebSockets"
START = "start `breakwater web`, or `breakwater serve` for web and worker in one"


async def socket_findings(settings: Settings) -> list[Finding]:
    """Connects as a web process does, hears the greeting and hangs up; nothing over HTTP to ask."""
    if settings.slack_mode != "socket":
        return []
    dial = Dial(web_client(settings.slack_app_token or "", settings.slack_api_base_url))
    try:
        async with aiohttp.ClientSession(trust_env=False) as session:
            ws, hello = await dial.connect(session)
            await ws.close()
    except NoLink as failure:
        return [wrong(NAME, str(failure), failure.mend or OUT)]
    others = hello.connections - 1
    if not others:
        return [wrong(NAME, "the app token is right, but no web process is connected", START)]
    plural = "process is" if others == 1 else "processes are"
    return [good(NAME, f"the app token is right, {others} web {plural} connected")]
