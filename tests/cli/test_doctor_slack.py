"""What the doctor makes of Slack's answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.conftest import Breakwater


class Slack(BaseHTTPRequestHandler):
    """Knows one token, with one scope, and no channel or person."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        known = self.headers["Authorization"] == "Bearer xoxb-known"
        answer: dict[str, object] = {"ok": False, "error": "not_found" if known else "invalid_auth"}
        if known and self.path.endswith("auth.test"):
            answer = {"ok": True, "user": "breakwater", "team": "Desk"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-OAuth-Scopes", "commands")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@pytest.fixture
def slack() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Slack) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/"
        server.shutdown()
        thread.join()


def test_a_token_that_slack_refuses_is_to_be_copied_again(breakwater: Breakwater, slack: str) -> None:
    said = breakwater(
        "doctor", SLACK_BOT_TOKEN="xoxb-old", SLACK_SIGNING_SECRET="s", SLACK_API_BASE_URL=slack
    )
    assert "not ok slack: auth.test: Slack says invalid_auth" in said.out
    assert "copy the bot token again" in said.out


def test_a_known_token_is_asked_for_scopes_clock_channel_and_people(
    breakwater: Breakwater, slack: str
) -> None:
    said = breakwater(
        "doctor", SLACK_BOT_TOKEN="xoxb-known", SLACK_SIGNING_SECRET="s", SLACK_API_BASE_URL=slack
    )
    assert "ok   slack: we are breakwater in Desk" in said.out
    assert "ok   clock: within" in said.out
    assert "not ok slack scopes: missing: channels:history" in said.out
    assert "not ok incidents channel: Slack says not_found" in said.out
    assert "not ok people: " in said.out
