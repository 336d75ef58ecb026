"""`breakwater control test` and `key`: trying a control against a real service, and putting it back."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.cli.conftest import Breakwater
from tests.controls.support.followed import PUBLIC_KEY, SECRET_KEY

ROOT = Path(__file__).parents[2]
TOKEN = "sandbox-token"


class Market:
    """The marketplace in a process of its own."""

    def __init__(self, url: str) -> None:
        self.env = {
            "MARKETPLACE_URL": url,
            "MARKETPLACE_TOKEN": TOKEN,
            "OUTBOUND_HOSTS": url.removeprefix("http://"),
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.inside = httpx.Client(base_url=url, headers=headers, trust_env=False)

    def rows(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.inside.get("/v1/audit").json()["rows"]
        return found


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
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
            made = Market(process.stdout.readline().rsplit(maxsplit=1)[-1])
            with made.inside:
                yield made
        finally:
            process.terminate()


@pytest.fixture
def ready(breakwater: Breakwater) -> Breakwater:
    breakwater("migrate")
    return breakwater


def kinds(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "b.db") as database:
        return [kind for (kind,) in database.execute("SELECT kind FROM ledger ORDER BY seq")]


def test_without_a_level_it_is_read_and_what_would_be_done_is_said(
    ready: Breakwater, market: Market, tmp_path: Path
) -> None:
    before = len(market.rows())
    said = ready("control", "test", "withdrawals.risk", **market.env)
    assert said.status == 0, said.err
    assert "ok     read: normal" in said.out
    assert "Nothing was changed. To try a level and put it back, add --level: checked, strict." in said.out
    assert len(market.rows()) == before
    assert kinds(tmp_path) == []


def test_the_live_environment_is_asked_for_by_name(ready: Breakwater, market: Market, tmp_path: Path) -> None:
    before = len(market.rows())
    said = ready("control", "test", "withdrawals.risk", "--level", "checked", **market.env)
    assert said.status == 1
    assert "live: checked will be set (PUT /v1/withdrawals/risk at marketplace), read back" in said.out
    assert "say --yes when customers may feel it" in said.err
    assert len(market.rows()) == before
    assert kinds(tmp_path) == []


def test_each_level_is_set_repeated_read_back_and_put_back_with_the_ledger_first(
    ready: Breakwater, market: Market, tmp_path: Path
) -> None:
    words = ("control", "test", "withdrawals.risk", "--level", "checked", "--level", "strict", "--yes")
    for _ in range(2):  # its generations are its own, the second time too
        said = ready(*words, **market.env)
        assert said.status == 0, said.out + said.err
        for step in ("set checked", "read back checked", "repeat checked", "probe checked", "set strict"):
            assert f"ok     {step}: " in said.out
        assert "ok     put back: normal" in said.out
    standing = market.inside.get("/v1/withdrawals/risk").json()
    assert standing["new_account_delay_seconds"] == 0
    assert kinds(tmp_path) == ["control.test_begun", "control.test_ended"] * 2
    reasons = {row["reason"] for row in market.rows()}
    assert any("control test: rec_" in reason and "sha256" in reason for reason in reasons)


def test_a_step_that_goes_wrong_is_named_and_all_is_put_back(
    ready: Breakwater, market: Market, tmp_path: Path
) -> None:
    order = {"kind": "fail_before", "method": "PUT", "path": "/v1/rebalancing"}
    assert market.inside.post("/sandbox/faults", json=order).status_code == 201
    said = ready("control", "test", "rebalancing", "--level", "manual", ENVIRONMENT="sandbox", **market.env)
    assert said.status == 1
    assert "not ok set manual: marketplace answered 50" in said.out
    assert "read back manual" not in said.out
    assert "ok     put back: normal" in said.out
    assert kinds(tmp_path) == ["control.test_begun", "control.test_ended"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("withdrawals.rsk",), "There is no control of that name. Near it: withdrawals."),
        (("withdrawals.risk", "--level", "sealed"), "has no such level"),
        (("withdrawals.risk", "--target", "mars"), "has no target mars"),
        (("custody.signing", "--level", "frozen", "--yes"), "cannot be undone by us"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_line(
    ready: Breakwater, market: Market, words: tuple[str, ...], sentence: str
) -> None:
    said = ready("control", "test", *words, **market.env)
    assert said.status == 1
    assert sentence in said.err


def test_an_unreachable_service_and_a_host_not_allowed_each_get_a_sentence(
    ready: Breakwater, market: Market
) -> None:
    said = ready("control", "test", "swaps", **{**market.env, "OUTBOUND_HOSTS": "elsewhere.test"})
    assert (said.status, "is not among OUTBOUND_HOSTS" in said.out) == (1, True)
    away = {"MARKETPLACE_URL": "http://127.0.0.1:9", "OUTBOUND_HOSTS": "127.0.0.1:9"}
    said = ready("control", "test", "swaps", **{**market.env, **away})
    assert (said.status, "cannot be reached at 127.0.0.1:9" in said.out) == (1, True)


def test_the_public_half_of_a_fanout_key_is_printed(
    breakwater: Breakwater, tmp_path: Path, market: Market
) -> None:
    shutil.copytree(ROOT / "runbooks", tmp_path / "runbooks")
    file = tmp_path / "runbooks" / "platform" / "controls.yaml"
    told = yaml.safe_load(file.read_text())
    followed = {"kind": "fanout", "service": "levels", "key_env": "FANOUT_KEY"}
    told["services"]["levels"] = {"base_url": "redis://levels.test:6379"}
    for entry in told["controls"]:
        if entry["id"] == "swaps":
            entry["adapter"] = followed
    file.write_text(json.dumps(told))
    env = {**market.env, "RUNBOOKS_DIR": str(tmp_path / "runbooks")}
    said = breakwater("control", "key", "swaps", FANOUT_KEY=SECRET_KEY, **env)
    assert (said.status, said.out.strip()) == (0, PUBLIC_KEY), said.err
    assert len(base64.b64decode(said.out)) == 32
    assert "FANOUT_KEY is not set" in breakwater("control", "key", "swaps", **env).err
    assert "no control of kind fanout" in breakwater("control", "key", "quotes", **env).err
