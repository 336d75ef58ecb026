"""Runbooks as people read them: shipped content, and content that somebody filled with hostile text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.runbooks.paper import draw
from bot.content import Texts, load
from bot.domain.content import Content
from tests.cli.conftest import breakwater, environment  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def content() -> Content:
    return load(ROOT / "runbooks", ROOT / "templates", {}, resolve_env=False)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts(ROOT / "templates")


@pytest.fixture(scope="session")
def screen(content: Content, texts: Texts) -> str:
    return draw(content, texts, ROOT / "templates", AT, "live", printed=False)


@pytest.fixture(scope="session")
def printed(content: Content, texts: Texts) -> str:
    return draw(content, texts, ROOT / "templates", AT, "live", printed=True)
