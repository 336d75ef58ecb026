"""The sandbox played by hand: its processes and the console, until somebody ends it."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import Lifespan

from bot.sandbox.console.app import create_console
from bot.sandbox.console.conductor import Conductor
from bot.sandbox.console.director import Director
from bot.sandbox.console.feed import Feed
from bot.sandbox.console.levels import knobs
from bot.sandbox.console.stage import ByHand, NotOurs, make_world
from bot.sandbox.console.world import world_routes
from bot.sandbox.slack import listen, serving
from bot.sandbox.staging.content import OverrideError
from bot.sandbox.staging.market import Market
from bot.sandbox.staging.process import Process, StageError
from bot.sandbox.staging.stage import Stage, answers

PORT = 8080
DONE, FAILED = 0, 1
LOOK_EVERY = 1.0
MOST_REVIVALS = 5
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(*, port: int = PORT, data: Path = Path("var/sandbox"), seed: int = 7, keep: bool = False) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status. Port 0 takes a free one."""
    try:
        listener = listen(port)
        listener.listen()
    except OSError as error:
        return _fail(_port_line(port, error))
    with listener:
        try:
            world = make_world(data, seed=seed, keep=keep)
            return asyncio.run(_play(world, listener))
        except KeyboardInterrupt:
            return DONE
        except (StageError, NotOurs, OverrideError) as error:
            return _fail(str(error))
        except (ValueError, KeyError) as error:
            return _fail(f"{data} cannot be carried on ({error}); start afresh without --keep.")


def _port_line(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken; set CONSOLE_PORT to another, such as CONSOLE_PORT={port % 60000 + 1}."
    return f"Port {port} cannot be used ({error.strerror}); set CONSOLE_PORT to another, such as 8080."


async def _play(world: ByHand, listener: socket.socket) -> int:
    stop = asyncio.Event()
    for ending in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    _say("Breakwater sandbox: starting marketplace, Slack and bot ...")
    opened = asyncio.Event()
    playing = asyncio.create_task(_open(world, listener, stop, opened))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((playing, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not opened.is_set():
        playing.cancel()  # asked to end before everything was up; the stage takes down what is
    with suppress(asyncio.CancelledError):
        return await playing
    return DONE


async def _open(world: ByHand, listener: socket.socket, stop: asyncio.Event, opened: asyncio.Event) -> int:
    """Everything up, the address said, everything down again."""
    conductor = Conductor(world.clock_file, world.database)
    market = Market(world.market_url, world.market_token)
    director = Director(market, conductor)
    feed = Feed(
        market,
        director,
        bot_url=world.bot_url,
        database=world.database,
        knobs=knobs(world.root / "runbooks"),
    )
    async with Stage(world, world.work / "logs") as stage:
        app = create_console(world.slack_url, world_routes(feed, director), lifespan=_alongside(feed))
        async with serving(app, listener) as url:
            conductor.go_on()
            opened.set()
            _say(f"Breakwater sandbox: open {url}/ in a browser; Ctrl-C ends it.")
            try:
                return await _mind(stage, stop)
            finally:
                conductor.pause()
                _say("Breakwater sandbox: ending ...")


def _alongside(feed: Feed) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(feed.run(), name="feed")
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    return lifespan


async def _mind(stage: Stage, stop: asyncio.Event) -> int:
    """Until asked to stop: what carries on after a kill is started again, what does not ends the sandbox."""
    told = stage.world
    ready = ((stage.market, f"{told.market_url}/healthz"), (stage.bot, f"{told.bot_url}/readyz"))
    left = MOST_REVIVALS
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await stop.wait()
        stage.slack.must_run()
        for process, url in ready:
            if process.exit_status is not None and not stop.is_set():
                left -= 1
                await _revive(process, url, left)
    return DONE


async def _revive(process: Process, url: str, left: int) -> None:
    if left < 0:
        process.must_run()
    _say(
        f"Breakwater sandbox: the {process.name} ended with status {process.exit_status}; starting it again."
    )
    await process.start()
    await answers(process, url)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fail(line: str) -> int:
    sys.stderr.write(f"breakwater: {line}\n")
    return FAILED
