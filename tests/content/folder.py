"""Content on disk that a test can break in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.content import check, load
from bot.domain.content import Content
from bot.domain.errors import ContentError

SMALL = Path(__file__).parent / "small"
SHIPPED = Path(__file__).parents[2]
ENV = {"DESK_URL": "http://127.0.0.1:9"}


class Folder:
    """`runbooks/…` and `templates/…` under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runbooks = root / "runbooks"
        self.templates = root / "templates"

    def read(self, file: str) -> str:
        return (self.root / file).read_text()

    def write(self, file: str, text: str | bytes) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def swap(self, file: str, old: str, new: str) -> None:
        """Replace the only occurrence of some text."""
        text = self.read(file)
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def place(self, file: str, marker: str) -> tuple[int, int]:
        """Line and column at which a text first occurs."""
        before, found, _ = self.read(file).partition(marker)
        assert found, f"{marker!r} is not in {file}"
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    def wrong(self) -> list[ContentError]:
        return check(self.runbooks, self.templates)

    def reasons(self) -> list[str]:
        return [error.reason for error in self.wrong()]

    def load(self, env: Mapping[str, str] = ENV, *, resolve_env: bool = True) -> Content:
        return load(self.runbooks, self.templates, env, resolve_env=resolve_env)
