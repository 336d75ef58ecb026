"""The marketplace as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.sandbox.marketplace.harness import AUTHORISED, TOKEN

COMMAND = (sys.executable, "-m", "bot.sandbox.marketplace")
READY = re.compile(r"marketplace ready on (http://127\.0\.0\.1:\d+)")


@contextmanager
def marketplace(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    environment = {**os.environ, "MARKETPLACE_TOKEN": TOKEN}
    with subprocess.Popen(  # noqa: S603  # our own module, made-up arguments
        [*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = READY.match(process.stdout.readline())
            assert ready is not None
            with httpx.Client(base_url=ready[1], headers=AUTHORISED, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


def test_it_says_where_it_listens_advances_and_ends_cleanly_on_sigterm() -> None:
    with marketplace("--time-scale", "6000") as (process, client):
        assert client.get("/healthz").json() == {"status": "ok"}
        while client.get("/v1/state").json()["record"] is None:
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_killed_it_carries_on_from_its_state_folder(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path), "--paused")
    with marketplace(*arguments) as (process, client):
        headers = {"Idempotency-Key": "a", "Generation": "1/1"}
        done = client.put("/v1/swaps", json={"pairs": "none"}, headers=headers)
        assert done.status_code == 200
        process.kill()
        process.wait(5)
    with marketplace(*arguments) as (_, client):
        read = client.get("/v1/swaps")
        assert (read.json(), read.headers["etag"]) == (done.json(), done.headers["etag"])
        again = client.put("/v1/swaps", json={"pairs": "none"}, headers=headers)
        assert again.headers["idempotent-replayed"] == "true"


def test_without_a_token_it_does_not_start_and_says_which_variable() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MARKETPLACE_TOKEN"}
    ended = subprocess.run(  # noqa: S603  # our own module
        COMMAND, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "MARKETPLACE_TOKEN must hold the token that clients of the marketplace must send"
    ]
