"""The strict Slack in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import UTC, datetime

from bot.sandbox.slack.seed import seeded_workspace
from bot.sandbox.slack.server import running

EXAMPLE = """example:
  python -m bot.sandbox.slack --port 3100 --bot-url http://127.0.0.1:3000/slack/events
then point the bot at it:
  SLACK_API_BASE_URL=http://127.0.0.1:3100/api/
over Socket Mode, with SLACK_MODE=socket and the same SLACK_APP_TOKEN for the bot:
  python -m bot.sandbox.slack --port 3100 --socket --app-token xapp-1-mine
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox.slack",
        description="A strict Slack on loopback: Web API under /api/, people and faults under /sandbox/.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--bot-url", help="where commands, interactions and events are delivered")
    parser.add_argument("--bot-token", help="the token that the Web API accepts")
    parser.add_argument("--signing-secret", help="the secret that signs deliveries")
    parser.add_argument("--socket", action="store_true", help="reach the bot over Socket Mode, not HTTP")
    parser.add_argument("--app-token", help="the token that opens Socket Mode connections")
    parser.add_argument("--no-rate-limits", action="store_true", help="switch the rate tiers off")
    parser.add_argument("--latency-ms", type=int, default=0, help="constant delay of every Web API call")
    parser.add_argument("--seed", type=int, default=0, help="seed of the fault plan's dice")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    workspace = seeded_workspace(
        now=lambda: datetime.now(UTC), bot_url=options.bot_url, rate_limits=not options.no_rate_limits
    )
    workspace.app.bot_token = options.bot_token or workspace.app.bot_token
    workspace.app.signing_secret = options.signing_secret or workspace.app.signing_secret
    workspace.app.app_token = options.app_token or workspace.app.app_token
    workspace.app.socket_mode = options.socket
    workspace.faults.latency_ms = options.latency_ms
    workspace.faults.reseed(options.seed)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(workspace, port=options.port) as server:
        sys.stdout.write(f"sandbox slack ready on {server.url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_options()))
