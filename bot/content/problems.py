"""What is wrong with operator-owned content, gathered so that one run shows all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from bot.domain.errors import ContentError

_SUGGESTED = re.compile(r"did you mean `([^`]+)`\?")


class ContentErrors(Exception):
    """Content that cannot be used: `errors` holds every mistake, by file and line; `str()` lists them."""

    def __init__(self, errors: Iterable[ContentError]) -> None:
        self.errors = in_order(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


class MissingVariable(ContentError):
    """Nothing is wrong with the file: `variable`, which it asks the environment for, is not set."""

    def __init__(self, file: str, line: int, column: int, variable: str) -> None:
        super().__init__(file, line, column, f"the environment variable {variable} is not set")
        self.variable = variable


def suggestion(error: ContentError) -> str:
    """The name that a mistake's reason suggests instead; empty when it suggests none."""
    found = _SUGGESTED.search(error.reason)
    return found[1] if found else ""


def in_order(errors: Iterable[ContentError]) -> tuple[ContentError, ...]:
    """The errors by file, line and column, each once."""
    once = {str(error): error for error in errors}
    return tuple(sorted(once.values(), key=lambda e: (e.file, e.line, e.column, e.reason)))


def near(name: object, known: Iterable[str]) -> str:
    """`; did you mean …?` when a known name is close to the one written, else nothing."""
    names = {one.casefold(): one for one in known}
    close = get_close_matches(str(name).casefold(), names, n=1, cutoff=0.6)
    return f"; did you mean `{names[close[0]]}`?" if close else ""


def listed(known: Iterable[str], limit: int = 8) -> str:
    """A few names for a sentence: `a, b, c`."""
    names = list(known)
    return ", ".join(names[:limit]) + (", …" if len(names) > limit else "") if names else "none"
