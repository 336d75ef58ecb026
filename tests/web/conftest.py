"""The web application over a real database, with the shipped content and the six people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.types import ASGIApp

from bot.content import load
from bot.domain.base import Environment
from bot.domain.content import Content
from bot.store import SqlStore, open_database
from bot.web.app import WebSettings, create_app
from tests.web.story import ROOT, Story, story

TOKEN = "let-samples-in"


@pytest.fixture(scope="session")
def shipped() -> Content:
    return load(ROOT / "runbooks", ROOT / "templates", {"MARKETPLACE_URL": "http://127.0.0.1:9"})


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    database = open_database(sqlite_url, patience=timedelta(seconds=1))
    yield SqlStore(database)
    await database.close()


@pytest.fixture
def live(store: SqlStore, shipped: Content) -> Story:
    """A live deployment in which nothing has happened yet."""
    return story(store, shipped)


@pytest.fixture
def sandbox(store: SqlStore, shipped: Content) -> Story:
    return story(store, shipped, Environment.SANDBOX)


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings("https://status.example", ROOT / "templates", signals_token=TOKEN)


@pytest.fixture
def app(live: Story, settings: WebSettings) -> ASGIApp:
    return create_app(live.ctx, settings, None, {})


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with over(app) as client:
        yield client


def over(app: ASGIApp) -> httpx.AsyncClient:
    """A client of the application without a network between; an error that escapes it fails the test."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web.test")
