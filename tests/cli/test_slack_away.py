"""With Slack gone the command line carries on: a real service is tightened, and loosened by two keys."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cli.conftest import Breakwater
from tests.cli.desk import Desk

WAITS = 60.0


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@contextmanager
def running(module: list[str], env: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", *module], env=env, stdout=out, stderr=out
        )
    with process:
        try:
            yield
        finally:
            process.terminate()


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAITS
    while not holds():
        assert time.monotonic() < end, f"it never came about that {what}"
        time.sleep(0.2)


def test_two_keys_tighten_and_loosen_a_real_service_while_slack_is_away(
    breakwater: Breakwater, environment: dict[str, str], tmp_path: Path
) -> None:
    market, bot, nobody = free_port(), free_port(), free_port()
    environment |= {
        "MARKETPLACE_URL": f"http://127.0.0.1:{market}",
        "MARKETPLACE_TOKEN": "m",
        "OUTBOUND_HOSTS": f"127.0.0.1:{market}",
        "SLACK_BOT_TOKEN": "xoxb-none",
        "SLACK_SIGNING_SECRET": "none",
        "SLACK_API_BASE_URL": f"http://127.0.0.1:{nobody}/api/",
        "HOST": "127.0.0.1",
        "PORT": bot,
        "ENVIRONMENT": "sandbox",
    }
    desk = Desk(breakwater, environment, tmp_path)
    path = {"PATH": os.environ["PATH"], "MARKETPLACE_TOKEN": "m"}
    with ExitStack() as stack:
        arguments = ["bot.sandbox.marketplace", "--port", market]
        stack.enter_context(running(arguments, path, tmp_path / "market.log"))
        stack.enter_context(running(["bot", "serve"], environment, tmp_path / "bot.log"))

        def stands(level: str) -> bool:
            shown = desk.json("control", "show", "withdrawals.risk", "--json")
            return (shown["observed"], shown["outcome"]) == (level, "confirmed")

        assert desk("alice", "incident", "declare", "Withdrawals run").status == 0
        assert desk("alice", "control", "set", "withdrawals.risk", "strict", "Outflow doubled").status == 0
        until(lambda: stands("strict"), "the service is strict")
        made = json.loads(desk("bob", "control", "release", "withdrawals.risk", "It is over", "--json").out)
        assert desk("alice", "approval", "approve", made["proposal"], "--hash", made["hash"]).status == 0
        until(lambda: stands("normal"), "the service is normal again")
    assert "cannot be reached" in (tmp_path / "bot.log").read_text()
    assert breakwater("audit", "verify").status == 0
