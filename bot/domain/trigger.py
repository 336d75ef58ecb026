"""Triggers: rules that turn what monitoring says into a suggestion to a human, never into an actuation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from bot.domain.base import Environment, Frozen, IncidentClass, Severity


class Trigger(Frozen):
    """A rule: alerts whose labels match are raised as a suggestion of this severity and class.

    `runbook` is one for a special situation, added to the incident when the suggestion is taken up.
    """

    id: str
    title: str
    match: dict[str, str]
    severity: Severity = Severity.SEV2
    class_hint: IncidentClass | None = None
    runbook: str = ""
    suggests: str = ""


class Alert(Frozen):
    """What a monitoring system said: `key` is the same for every repetition of the same firing."""

    key: str
    source: str
    firing: bool
    summary: str
    labels: dict[str, str]
    started_at: datetime
    received_at: datetime


class SuggestionStatus(StrEnum):
    """How a suggestion stands."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"
    RESOLVED = "resolved"


class Suggestion(Frozen):
    """What a trigger raised for a human to take up or dismiss."""

    id: str
    key: str
    environment: Environment
    trigger_id: str
    title: str
    summary: str
    severity: Severity
    class_hint: IncidentClass | None = None
    runbook: str = ""
    raised_at: datetime
    last_seen_at: datetime
    times: int = 1
    status: SuggestionStatus = SuggestionStatus.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    incident_id: str | None = None
    version: int = 1


def match_trigger(triggers: Iterable[Trigger], labels: Mapping[str, str]) -> Trigger | None:
    """The first trigger whose every label pattern matches."""
    for trigger in triggers:
        if all(fnmatchcase(labels.get(k, ""), pattern) for k, pattern in trigger.match.items()):
            return trigger
    return None
