"""How fast an incident went, each figure counted from a moment it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain.base import Outcome
from bot.domain.incident import Incident
from bot.domain.ledger import Row
from bot.domain.publication import Publication, PublicationKind
from bot.usecases.ports import Actuation
from bot.usecases.review_parts import Figure

_SO = (Outcome.CONFIRMED, Outcome.ALREADY_SET)
_SINCE_DECLARED = "after it was declared"


def figures_of(
    incident: Incident,
    rows: Sequence[Row],
    actuations: Sequence[Actuation],
    published: Sequence[Publication],
    cause: datetime | None,
    *,
    held: bool,
) -> tuple[Figure, ...]:
    """How fast an incident went; `held` says whether it holds any control still."""
    seen = incident.detected_at
    known = seen or incident.declared_at
    since_known = "after the first signal" if seen else "after it was declared"
    done = [a.finished_at for a in actuations if a.outcome in _SO]
    decided = _first(rows, "mode.decided", "control.decided")
    word = min((p.published_at for p in published if _is_status(p) and p.published_at), default=None)
    return (
        _figure("Detected", cause, seen, "after the cause set in", _undetected(seen)),
        _declared(incident, cause),
        _figure("Classified", incident.declared_at, _first(rows, "class.set"), _SINCE_DECLARED),
        _figure("First protective decision", known, decided, since_known),
        _figure("First protection confirmed", known, min(filter(None, done), default=None), since_known),
        *_whole(rows, actuations, known, since_known),
        _figure("First public word", incident.declared_at, word, _SINCE_DECLARED),
        _reopened(incident, rows, actuations, held=held),
    )


def _figure(name: str, start: datetime | None, end: datetime | None, since: str, why: str = "") -> Figure:
    value = gap(start, end)
    return Figure(name, value, (why or "did not happen") if value is None else since)


def _undetected(seen: datetime | None) -> str:
    return "when the cause set in is not known" if seen else "no signal came before a person declared it"


def _declared(incident: Incident, cause: datetime | None) -> Figure:
    if incident.detected_at:
        return _figure("Declared", incident.detected_at, incident.declared_at, "after the first signal")
    why = "by a person; there was no first signal"
    return _figure("Declared", cause, incident.declared_at, f"after the cause set in, {why}", why)


def _whole(
    rows: Sequence[Row], actuations: Sequence[Actuation], known: datetime, since: str
) -> tuple[Figure, ...]:
    """When the last control of the first mode was confirmed; nothing where no mode was set."""
    decided = next((r for r in rows if r.kind == "mode.decided"), None)
    if decided is None:
        return ()
    mine = [a for a in actuations if a.decision_id == decided.id]
    ends = [a.finished_at for a in mine if a.finished_at and a.outcome in _SO]
    last = max(ends) if ends and len(ends) == len(mine) else None
    return (
        _figure("Every control of the mode confirmed", known, last, since, "not confirmed for every one"),
    )


def _reopened(
    incident: Incident, rows: Sequence[Row], actuations: Sequence[Actuation], *, held: bool
) -> Figure:
    """When the last control was open again; a plan that is done may leave others of the incident held."""
    if not actuations:
        return Figure("Everything reopened", None, "nothing was closed")
    latest = {a.control_id: a for a in sorted(actuations, key=lambda a: a.created_at)}.values()
    freed = all(a.level is None and a.outcome in _SO for a in latest)
    over = freed and not held and all(a.outcome.final for a in actuations)
    moments = (_last(rows, "plan.done"), *(a.finished_at for a in latest))
    last = max(filter(None, moments), default=None) if over else None
    return _figure("Everything reopened", incident.declared_at, last, _SINCE_DECLARED, "not yet")


def gap(start: datetime | None, end: datetime | None) -> timedelta | None:
    """From one moment to another, never less than nothing; None where either is not known."""
    return max(end - start, timedelta()) if start and end else None


def _first(rows: Iterable[Row], *kinds: str) -> datetime | None:
    return next((r.at for r in rows if r.kind in kinds), None)


def _last(rows: Sequence[Row], kind: str) -> datetime | None:
    return _first(reversed(rows), kind)


def _is_status(publication: Publication) -> bool:
    return publication.kind is PublicationKind.STATUS
