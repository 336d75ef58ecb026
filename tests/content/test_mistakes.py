"""Every kind of mistake an operator can make is told with file, line, column and a reason.

The mistakes lie in `mistakes/*.yaml`, each made on the small world of content in `small/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.content.folder import Folder

MISTAKES = Path(__file__).parent / "mistakes"


@dataclass(frozen=True)
class Mistake:
    """Replacing `old` by `new` in `file` is told with `says`, at the first `at` where one is named."""

    name: str
    file: str
    old: str
    new: str
    says: str
    at: str = ""


def every(path: Path) -> list[Mistake]:
    return [Mistake(**entry) for entry in yaml.safe_load(path.read_text())]


EVERY = [
    pytest.param(mistake, id=f"{path.stem}: {mistake.name}")
    for path in sorted(MISTAKES.glob("*.yaml"))
    for mistake in every(path)
]


def test_the_small_world_is_right(folder: Folder) -> None:
    assert folder.wrong() == []


@pytest.mark.parametrize("mistake", EVERY)
def test_a_mistake_is_told_with_its_place_and_reason(folder: Folder, mistake: Mistake) -> None:
    folder.swap(mistake.file, mistake.old, mistake.new)

    wrong = folder.wrong()

    said = [error for error in wrong if mistake.says in error.reason]
    assert said, f"nothing says {mistake.says!r} in {[str(e) for e in wrong]}"
    if mistake.at:
        file = str(folder.root / mistake.file)
        assert (file, *folder.place(mistake.file, mistake.at)) in [(e.file, e.line, e.column) for e in said]
