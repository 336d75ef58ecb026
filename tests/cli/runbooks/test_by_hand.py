"""What stands on paper for each control, typed into a shell, sets it at the sandbox marketplace."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.cli.runbooks.by_hand import by_hand
from bot.domain.adapter import HttpAdapter, Service
from bot.domain.content import Content
from bot.domain.control import Control
from tests.cli.runbooks.conftest import ROOT

TOKEN = "sandbox-token"
# A shell reads the command; in place of curl it hands back the words that curl would have been given.
CURL = "curl() { printf '%s\\0' \"$@\"; }\n"


@pytest.fixture(scope="module")
def market() -> Iterator[httpx.Client]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox.marketplace", "--paused", "--scenario", "calm"],
        cwd=ROOT,
        env={**os.environ, "MARKETPLACE_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            url = process.stdout.readline().rsplit(maxsplit=1)[-1]
            with httpx.Client(base_url=url, trust_env=False) as client:
                yield client
        finally:
            process.terminate()


def typed(command: str, market: httpx.Client, **variables: str) -> httpx.Response:
    """Type a command into a shell, and send what curl would have sent."""
    env = {
        "PATH": os.environ["PATH"],
        "MARKETPLACE_URL": str(market.base_url).rstrip("/"),
        "MARKETPLACE_TOKEN": TOKEN,
        **variables,
    }
    done = subprocess.run(  # noqa: S603 - our own words
        ["/bin/sh", "-c", CURL + command], env=env, capture_output=True, text=True, check=True
    )
    words = done.stdout.split("\0")[:-1]
    assert words[:2] == ["-i", "-X"]
    method, url, rest = words[2], words[3], words[4:]
    headers, body = {}, None
    for flag, value in zip(rest[::2], rest[1::2], strict=True):
        if flag == "-H":
            name, _, text = value.partition(":")
            if text.strip():  # curl sends no header without a value
                headers[name] = text.strip()
        else:
            assert flag == "-d"
            body = value
    return market.request(method, url, headers=headers, content=body)


def test_every_control_is_set_and_read_by_what_stands_on_paper(
    content: Content, market: httpx.Client
) -> None:
    for control in content.controls:
        (hand,) = by_hand(control, content.unaddressed)
        for setting in (hand.settings[-1], *((hand.settings[0],) if not control.irreversible else ())):
            etag = typed(hand.read, market).headers["ETag"]
            body = shlex.split(setting.body.removeprefix("BODY="))[0]
            answer = typed(hand.command, market, BODY=body, ETAG=etag)
            assert answer.status_code == 200, (control.id, answer.text)
            seen = typed(hand.read, market).json()
            assert {key: seen[key] for key in setting.level.value} == setting.level.value


def test_without_an_etag_the_command_still_sets(content: Content, market: httpx.Client) -> None:
    (hand,) = by_hand(content.by_id["swaps"], content.unaddressed)
    body = shlex.split(hand.settings[-1].body.removeprefix("BODY="))[0]
    assert typed(hand.command, market, BODY=body).status_code == 200


HOSTILE = '$(touch pwned) `touch pwned` " \\ $HOME'


def test_hostile_text_is_nothing_to_a_shell(content: Content, tmp_path: Path) -> None:
    control = content.by_id["swaps"]
    adapter = control.adapter
    assert isinstance(adapter, HttpAdapter)
    path = f"/v1/{HOSTILE}/{{name}}"
    call = adapter.set.model_copy(update={"path": path})
    headers = adapter.headers.model_copy(update={"reason": f"X-{HOSTILE}"})
    odd = control.model_copy(
        update={
            "params": {"name": "'; touch pwned; '"},
            "adapter": adapter.model_copy(update={"set": call, "headers": headers}),
        }
    )
    service = Service(base_url=f"${{MARKETPLACE_URL}}/{HOSTILE}", auth_env="TOKEN", auth_scheme=HOSTILE)
    (hand,) = by_hand(odd, {"marketplace": service})
    env = {"PATH": os.environ["PATH"], "MARKETPLACE_URL": "http://m", "TOKEN": "t", "BODY": "b"}
    done = subprocess.run(  # noqa: S603 - the words under test
        ["/bin/sh", "-c", CURL + hand.command],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    words = done.stdout.split("\0")
    assert words[3] == f"http://m/{HOSTILE}/v1/{HOSTILE}/%27%3B%20touch%20pwned%3B%20%27"
    assert f"Authorization: {HOSTILE} t" in words
    assert list(tmp_path.iterdir()) == []


def test_a_control_that_reaches_nothing_has_no_request(content: Content) -> None:
    control = Control.model_validate(
        {
            "id": "console",
            "title": "A custody console",
            "rule": "money",
            "adapter": {"kind": "null"},
            "levels": [{"id": "normal", "value": {"on": True}}, {"id": "off", "value": {"on": False}}],
        }
    )
    assert by_hand(control, content.unaddressed) == ()


def test_a_path_that_depends_on_the_level_has_a_command_for_each(content: Content) -> None:
    control = content.by_id["swaps"]
    adapter = control.adapter
    assert isinstance(adapter, HttpAdapter)
    call = adapter.set.model_copy(update={"path": "/v1/swaps/{pairs}"})
    (hand,) = by_hand(
        control.model_copy(update={"adapter": adapter.model_copy(update={"set": call})}), content.unaddressed
    )
    assert hand.command == ""
    assert [s.command.split('"')[1].rsplit("/", 1)[1] for s in hand.settings] == [
        str(level.value["pairs"]) for level in control.levels
    ]
    assert json.loads(shlex.split(hand.settings[0].body.removeprefix("BODY="))[0]) == control.levels[0].value
