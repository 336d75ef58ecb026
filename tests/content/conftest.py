"""A small world of content, complete and right, that each test breaks in one place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.content import Texts, load
from bot.domain.content import Content
from tests.content.folder import SHIPPED, SMALL, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def shipped() -> Content:
    """What lies under `runbooks/` and `templates/` of this repository."""
    return load(SHIPPED / "runbooks", SHIPPED / "templates", {"MARKETPLACE_URL": "http://127.0.0.1:9"})


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts(SHIPPED / "templates")
