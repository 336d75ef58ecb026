"""Checks that need more than one entry or file; each yields what is wrong, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.content.checks.controls import check_controls
from bot.content.checks.gates import check_classification, check_signals, check_triggers
from bot.content.checks.modes import check_modes
from bot.content.checks.people import check_authority, check_people
from bot.content.checks.publications import check_publications
from bot.content.checks.reach import check_reach
from bot.content.checks.runbooks import check_runbooks
from bot.content.draft import Draft
from bot.domain.errors import ContentError

CHECKS: tuple[Callable[[Draft], Iterator[ContentError]], ...] = (
    check_controls,
    check_modes,
    check_signals,
    check_triggers,
    check_classification,
    check_people,
    check_authority,
    check_publications,
    check_runbooks,
    check_reach,
)

__all__ = ["CHECKS"]
