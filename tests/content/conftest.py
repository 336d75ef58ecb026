"""A small world of content, complete and right, that each test breaks in one place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.content.folder import SMALL, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    return Folder(tmp_path)
