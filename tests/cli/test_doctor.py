"""What the doctor makes of database, files and services, and how it says so."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings, read_settings
from bot.cli.doctor_controls import control_findings
from bot.cli.doctor_database import database_finding, stored_findings
from bot.cli.doctor_places import place_findings
from bot.cli.findings import Finding
from bot.domain.content import Content
from bot.sandbox.slack import listen, serving
from bot.store.engines import parse_url, sync_engine
from bot.store.migrations import migrate
from tests.cli.conftest import Breakwater
from tests.slack.support.world import CONTENT


async def _market(request: Request) -> JSONResponse:
    """Takes one token, and answers every setting with something that no level has."""
    known = request.headers.get("authorization") == "Bearer known"
    return JSONResponse({"anything": 1}, status_code=200 if known else 401)


@pytest.fixture
async def market() -> AsyncIterator[str]:
    app = Starlette(routes=[Route("/{path:path}", _market)])
    async with serving(app, listen()) as url:
        yield url


def at(url: str) -> Content:
    """The shipped content with its marketplace there."""
    services = {n: s.model_copy(update={"base_url": url}) for n, s in CONTENT.services.items()}
    return CONTENT.model_copy(update={"services": services})


async def controls(url: str, hosts: str = "") -> Finding:
    settings = read_settings({"OUTBOUND_HOSTS": hosts})
    found = await control_findings(settings, at(url))
    return next(f for f in found if f.name == "controls of marketplace")


async def test_a_service_is_told_apart_by_what_keeps_us_from_reading_it(
    market: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MARKETPLACE_TOKEN", raising=False)
    host = market.removeprefix("http://")
    assert f"add {host} to OUTBOUND_HOSTS" in (await controls(market)).mend
    assert "set MARKETPLACE_TOKEN to the service's token" in (await controls(market, host)).mend
    monkeypatch.setenv("MARKETPLACE_TOKEN", "old")
    assert "does not take MARKETPLACE_TOKEN" in (await controls(market, host)).mend
    monkeypatch.setenv("MARKETPLACE_TOKEN", "known")
    found = await controls(market, host)
    assert not found.ok
    assert "`read` in controls.yaml" in found.mend
    assert "see that http://127.0.0.1:9 is up" in (await controls("http://127.0.0.1:9", "127.0.0.1:9")).mend


def test_guards_that_somebody_removed_are_missed(sqlite_url: str) -> None:
    settings = read_settings({"DATABASE_URL": sqlite_url})
    assert database_finding(settings).ok
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.execute(f'DROP TRIGGER "{names[0][0]}"')
    found = database_finding(settings)
    assert "the ledger's guards are missing" in found.said
    assert "find out who removed them" in found.mend


async def test_anchors_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    async def anchors(path: Path) -> Finding:
        settings = Settings(anchors_file=path, ledger_key_file=tmp_path / "key")
        return next(f for f in await place_findings(settings) if f.name == "anchors")

    assert "cannot be written to" in (await anchors(tmp_path)).said
    assert (await anchors(tmp_path / "new.jsonl")).ok
    torn = tmp_path / "torn.jsonl"
    torn.write_text('{"seq": 1}\n{"se')
    assert "is torn" in (await anchors(torn)).said
    torn.write_text('{"seq": 1}\n{"seq": 7}\n')
    assert (await anchors(torn)).said.endswith("holds 2 signed heads, the last at row 7")


@pytest.mark.real
async def test_a_role_that_owns_the_ledger_is_noted_and_one_that_may_change_it_is_wrong(
    postgres_url: str,
) -> None:
    async def role(url: str) -> dict[str, Finding]:
        found = await stored_findings(read_settings({"DATABASE_URL": url}), SystemClock())
        return {f.name: f for f in found}

    migrate(postgres_url)
    owner = await role(postgres_url)
    assert owner["database role"].ok
    assert "OWNER_DATABASE_URL" in owner["database role"].mend
    assert owner["database clock"].ok
    engine = sync_engine(parse_url(postgres_url))
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS careless"))
        connection.execute(text("CREATE ROLE careless LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO careless"))
    careless = re.sub("//[^@]+@", "//careless@", postgres_url)
    found = (await role(careless))["database role"]
    migrate(careless, postgres_url)
    mended = (await role(careless))["database role"]
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY careless"))
        connection.execute(text("DROP ROLE careless"))
    engine.dispose()
    assert not found.ok
    assert found.said == "careless may update, delete, truncate rows of the ledger"
    assert mended.said == "careless can add to the ledger and change nothing in it"


def test_as_json_for_a_monitor(breakwater: Breakwater) -> None:
    said = breakwater("doctor", "--json")
    told = json.loads(said.out)
    assert said.status == 1
    assert told["well"] is False
    by_name = {f["name"]: f for f in told["findings"]}
    assert by_name["redis"] == {"name": "redis", "ok": True, "said": "in this process", "mend": ""}
    assert by_name["database"]["mend"] == "run `breakwater migrate`"
