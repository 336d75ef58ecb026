import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

COMMAND = [sys.executable, "-m", "bot.sandbox.slack"]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    options = ["--no-rate-limits", "--bot-url", "http://127.0.0.1:9/slack/events", "--bot-token", "xoxb-mine"]
    child = subprocess.Popen(  # noqa: S603 - our own module
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield child
    child.kill()
    child.communicate()


def test_the_process_says_where_it_listens_and_ends_cleanly(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    ready = process.stdout.readline()
    found = re.fullmatch(r"sandbox slack ready on (http://127\.0\.0\.1:\d+)\n", ready)
    assert found, ready
    url = f"{found.group(1)}/api/auth.test"
    answer = httpx.post(url, headers={"Authorization": "Bearer xoxb-mine"}, trust_env=False)
    assert answer.json()["ok"]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")


def test_help_shows_an_example() -> None:
    shown = subprocess.run(  # noqa: S603 - our own module
        [*COMMAND, "--help"], capture_output=True, text=True, check=True
    )
    assert "python -m bot.sandbox.slack --port 3100 --bot-url" in shown.stdout
