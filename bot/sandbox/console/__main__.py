"""The console's Slack part in a process of its own: `python -m bot.sandbox.console --help`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from bot.sandbox.console.app import create_console
from bot.sandbox.slack import listen, serving

EXAMPLE = """example:
  python -m bot.sandbox.slack --port 3100 --bot-url http://127.0.0.1:3000/slack/events
  python -m bot.sandbox.console --port 3200 --slack-url http://127.0.0.1:3100
then open http://127.0.0.1:3200
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox.console",
        description="The sandbox's Slack as a page on loopback.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--slack-url", required=True, help="where the strict Slack is reached")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with serving(create_console(options.slack_url), listen(options.port)) as url:
        sys.stdout.write(f"console ready on {url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_options()))
