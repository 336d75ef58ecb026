"""Every ledger row reads as words."""

from __future__ import annotations

import re
from pathlib import Path

from bot.usecases import narrate

USECASES = Path(__file__).parents[2] / "bot" / "usecases"


def test_every_kind_of_row_that_is_written_has_words_of_its_own() -> None:
    written: set[str] = set()
    for path in USECASES.glob("*.py"):
        written |= set(re.findall(r'"((?:[a-z]+)\.[a-z_]+)",\s*(?:None|actor)', path.read_text()))
    assert len(written) > 40
    assert {
        kind for kind in written if kind not in narrate._SAYS and not kind.startswith("actuation.")
    } == set()
