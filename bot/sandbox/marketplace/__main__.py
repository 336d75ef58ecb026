"""Starts the marketplace: `python -m bot.sandbox.marketplace --help`."""

import argparse
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from bot.sandbox.clock import PacedClock
from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.app import build_app
from bot.sandbox.marketplace.background import Task, keep_time
from bot.sandbox.marketplace.faults import FaultPlan
from bot.sandbox.marketplace.front import Connections
from bot.sandbox.marketplace.journal import Journal
from bot.sandbox.marketplace.monitor import Monitor
from bot.sandbox.marketplace.newsroom import Newsroom
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.world import BusinessClock, ForeignJournalError, World

EXAMPLE = """example:
  MARKETPLACE_TOKEN=secret python -m bot.sandbox.marketplace --port 0 --seed 7 --time-scale 60 \\
      --scenario counterparty_failure --state var/marketplace
"""
SHUTDOWN_SECONDS = 2


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, such as 2026-11-20T04:00:00Z")
    return at.astimezone(UTC)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 100_000:  # noqa: PLR2004  # a day in less than a second helps nobody
        raise argparse.ArgumentTypeError("is a number above 0, at most 100000")
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    built = argparse.ArgumentParser(
        prog="python -m bot.sandbox.marketplace",
        description="A marketplace to rehearse on: controls, a seeded market, faults to order.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = built.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=0, help="0 takes a free port and prints it (default)")
    add("--token-env", default="MARKETPLACE_TOKEN", metavar="VAR", help="variable that holds the API's token")
    add("--seed", type=int, default=7, help="the same seed makes the same market (default %(default)s)")
    add("--scenario", choices=sorted(SCENARIOS), default="counterparty_failure", help="what goes wrong")
    add("--tick-seconds", type=int, choices=(15, 30, 60), default=60, help="simulated seconds a tick (60)")
    add("--time-scale", type=_positive, default=1.0, help="business time runs this much faster (1)")
    add(
        "--time-origin",
        type=_instant,
        metavar="RFC3339",
        help="when business and wall time were the same (now)",
    )
    add(
        "--clock-file",
        type=Path,
        metavar="FILE",
        help="business time by this file instead, see bot.sandbox.clock",
    )
    add("--live-alerts", action="store_true", help="push every alert, dated; else the recorded one alone")
    add("--paused", action="store_true", help="the market waits for POST /sandbox/clock")
    add("--state", type=Path, metavar="DIR", help="keep what came in, so that a restart carries on")
    add("--push-url", metavar="URL", help="push samples and alerts to URL/signals/…")
    add("--push-token-env", default="SIGNALS_TOKEN", metavar="VAR", help="variable that holds the push token")
    add("--status-url", metavar="URL", help="read public updates from URL/api/v2/incidents.json")
    return built


def _secret(variable: str, what: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        sys.exit(f"{variable} must hold {what}")
    return value


def _world(options: argparse.Namespace, wall: Callable[[], datetime]) -> World:
    origin = options.time_origin or wall()
    now: Callable[[], datetime] = BusinessClock(origin, options.time_scale, wall)
    if options.clock_file:
        now = PacedClock(options.clock_file, wall)
    return World(
        seed=options.seed,
        scenario=SCENARIOS[options.scenario],
        now=now,
        start=now() if options.clock_file else origin,
        journal=Journal(options.state),
        tick_seconds=options.tick_seconds,
        paused=options.paused,
    )


def _tasks(options: argparse.Namespace, world: World, alarms: Alarms) -> tuple[Task, ...]:
    tasks: list[Task] = [lambda: keep_time(world)]
    if options.push_url:
        token = _secret(options.push_token_env, "the token of the signals endpoint")
        tasks.append(Monitor(world, options.push_url, token, alarms).run)
    if options.status_url:
        tasks.append(Newsroom(world, options.status_url).run)
    return tuple(tasks)


class _Server(uvicorn.Server):
    """Says one line when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            host, port = listening.getsockname()[:2]
            sys.stdout.write(f"marketplace ready on http://{host}:{port}\n")
            sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    options = parser().parse_args(arguments)
    token = _secret(options.token_env, "the token that clients of the marketplace must send")
    try:
        world = _world(options, lambda: datetime.now(UTC))
    except (ForeignJournalError, OSError, ValueError) as error:
        sys.exit(str(error))
    connections = Connections()
    plan = FaultPlan(random.Random(options.seed))  # noqa: S311  # draws faults, guards nothing
    alarms = Alarms(live=options.live_alerts)
    tasks = _tasks(options, world, alarms)
    app = build_app(world, plan, token=token, connections=connections, tasks=tasks, alarms=alarms)
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    # uvicorn raises the signal again once it has shut down; left alone that would end in failure.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)
    with socket.create_server((options.host, options.port)) as listening:
        _Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
