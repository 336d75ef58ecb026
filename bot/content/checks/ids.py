"""How ids are written, and that each is given once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.content.source import Loc, Source
from bot.domain.errors import ContentError

ID = r"[a-z0-9][a-z0-9._-]{0,59}"
CONTROL_ID = r"[a-z0-9][A-Za-z0-9._-]{0,79}"
SIGNAL_ID = r"[a-z][a-z0-9_]{0,59}"


def ids(source: Source, found: Iterable[tuple[str, Loc]], *, key: bool = False) -> Iterator[ContentError]:
    """Ids that are badly written or given twice; each comes with the place it was written at."""
    yield from _ids(source, found, ID, "small letters, digits, `.`, `_` and `-`", key=key)


def control_ids(source: Source, found: Iterable[tuple[str, Loc]]) -> Iterator[ContentError]:
    """The same for controls, whose ids may hold capitals after the first letter: `…limit.USDT.TRON`."""
    yield from _ids(source, found, CONTROL_ID, "letters, digits, `.`, `_` and `-`", key=False)


def signal_ids(source: Source, found: Iterable[tuple[str, Loc]]) -> Iterator[ContentError]:
    """The same for signals, whose ids are names in expressions."""
    yield from _ids(source, found, SIGNAL_ID, "small letters, digits and `_`, a letter first", key=True)


def _ids(
    source: Source, found: Iterable[tuple[str, Loc]], wanted: str, words: str, *, key: bool
) -> Iterator[ContentError]:
    seen: set[str] = set()
    for one, loc in found:
        if not re.fullmatch(wanted, one):
            yield source.error(loc, f"the id `{one}` must be made of {words}", key=key)
        elif one in seen:
            yield source.error(loc, f"the id {one} is given twice", key=key)
        seen.add(one)
