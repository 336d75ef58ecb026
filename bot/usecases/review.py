"""What a review of an incident is made of: figures, timeline, decisions and outcomes, and what was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.approval import Proposal
from bot.domain.authority import Person
from bot.domain.base import Phase
from bot.domain.control import Control
from bot.domain.incident import Incident
from bot.domain.ledger import Row
from bot.domain.publication import Publication, PublicationState
from bot.domain.runbook import StepKind, find_step
from bot.domain.signal import SignalSpec
from bot.usecases.narrate import because, happened, names, who
from bot.usecases.ports import Actuation, Context, Tx
from bot.usecases.review_figures import figures_of, gap
from bot.usecases.review_parts import (
    Approval,
    Decision,
    Event,
    Improvement,
    Line,
    Result,
    ReviewFacts,
    Told,
    Track,
)

BEFORE = timedelta(minutes=5)
BELIEVED = timedelta(hours=6)
_PAGE = 1000
_OUT = ("publication.published", "macros.followed")
_DECISIONS = ("mode.decided", "control.decided", "plan.stage_begun")


async def review_facts(
    ctx: Context, tx: Tx, incident_id: str, *, cause_at: datetime | None = None
) -> ReviewFacts:
    """Gather the facts of an incident's review from the database. Raises NotFound.

    `cause_at` is when the cause set in, where somebody knows it; else the alert's own start is taken.
    """
    content, now = ctx.content.now, ctx.clock.now()
    people = content.directory.people
    incident = await tx.incidents.get(incident_id)
    rows = await _rows(tx, incident.id)
    cause = cause_at or _near(await _alarmed(tx, rows), incident)
    actuations = await tx.holds.actuations(incident.id)
    publications = await tx.publications.of(incident.id)
    published = [p for p in publications if p.state is PublicationState.PUBLISHED]
    began = min(m for m in (cause, incident.detected_at, incident.declared_at) if m)
    ended = incident.ended_at or now
    called = names(content, await tx.keepsakes.pinned(incident.content_digest))
    proposals = await tx.proposals.of(incident.id)
    called |= _asked(people, proposals) | {p.id: f"“{p.title}”" for p in publications}
    held = any(h.in_force for h in await tx.holds.of(incident.id))
    events = tuple(_event(row, called, by_person=row.actor in people) for row in rows)
    return ReviewFacts(
        incident=incident,
        drawn_at=now,
        began=began,
        ended=ended,
        people=people,
        figures=figures_of(incident, rows, actuations, published, cause, held=held),
        lines=await _lines(tx, content.signals, began - BEFORE, ended),
        tracks=_tracks(content.controls, rows, actuations),
        timeline=events,
        decisions=_decisions(content.by_id, rows, events, actuations),
        overrides=tuple(e for r, e in zip(rows, events, strict=True) if r.kind.startswith("override.")),
        approvals=tuple(_approval(p, people, called) for p in proposals),
        told=_told(rows, published, people),
        improvements=await _improvements(tx, incident, people),
        head=await tx.ledger.head(),
    )


async def _rows(tx: Tx, incident_id: str) -> list[Row]:
    rows: list[Row] = []
    while page := await tx.ledger.rows(
        incident_id=incident_id, after=rows[-1].seq if rows else 0, limit=_PAGE
    ):
        rows += page
    return rows


async def _alarmed(tx: Tx, rows: Sequence[Row]) -> datetime | None:
    """When the alert behind the suggestion began, by the alert's own account; None without one."""
    declared = next((r for r in rows if r.kind == "incident.declared"), None)
    if declared is None or not declared.data.get("suggestion"):
        return None
    before = await tx.ledger.rows(after=max(0, declared.seq - _PAGE), limit=_PAGE)
    for row in before:
        if row.kind == "suggestion.raised" and row.data.get("suggestion") == declared.data["suggestion"]:
            return datetime.fromisoformat(row.data["started_at"])
    return None


def _near(alarmed: datetime | None, incident: Incident) -> datetime | None:
    """The alert's start, if its clock can be believed; repeated or replayed alerts bear old ones."""
    if alarmed is None or incident.detected_at is None:
        return None
    return alarmed if timedelta() <= incident.detected_at - alarmed <= BELIEVED else None


def _event(row: Row, called: Mapping[str, str], *, by_person: bool) -> Event:
    return Event(
        seq=row.seq,
        at=row.at,
        who=who(row, called),
        role=row.role.replace("_", " "),
        what=happened(row, called),
        why=because(row),
        by_person=by_person,
    )


async def _lines(
    tx: Tx, signals: Mapping[str, SignalSpec], start: datetime, end: datetime
) -> tuple[Line, ...]:
    found = await tx.samples.since(signals, start)
    kept = {name: tuple(s for s in samples if start <= s.at <= end) for name, samples in found.items()}
    return tuple(Line(spec, kept[name]) for name, spec in signals.items() if kept.get(name))


def _tracks(
    controls: Iterable[Control], rows: Sequence[Row], actuations: Sequence[Actuation]
) -> tuple[Track, ...]:
    tracks = []
    for control in controls:
        desired = tuple(
            (a.created_at, _index(control, a.level or control.levels[0].id))
            for a in actuations
            if a.control_id == control.id
        )
        seen = [r for r in rows if r.kind.startswith("actuation.") and r.data.get("control") == control.id]
        observed = tuple((r.at, _seen(control, r)) for r in seen if "observed" in r.data)
        if desired or observed:
            levels = tuple(level.title or level.id for level in control.levels)
            tracks.append(Track(control.title, levels, desired, observed))
    return tuple(tracks)


def _index(control: Control, level_id: str) -> int | None:
    return next((i for i, level in enumerate(control.levels) if level.id == level_id), None)


def _seen(control: Control, row: Row) -> int | None:
    level = control.level_of(row.data["observed"])
    return control.index(level.id) if level else None


def _decisions(
    controls: Mapping[str, Control],
    rows: Sequence[Row],
    events: Sequence[Event],
    actuations: Sequence[Actuation],
) -> tuple[Decision, ...]:
    made = [(r, e) for r, e in zip(rows, events, strict=True) if r.kind in _DECISIONS]
    return tuple(
        Decision(n, event, tuple(_result(controls, a) for a in actuations if a.decision_id == row.id))
        for n, (row, event) in enumerate(made, 1)
    )


def _result(controls: Mapping[str, Control], asked: Actuation) -> Result:
    control = controls.get(asked.control_id)
    if asked.level is None:
        level = "released"
    else:
        index = _index(control, asked.level) if control else None
        level = control.levels[index].title or asked.level if control and index is not None else asked.level
    took = gap(asked.created_at, asked.finished_at)
    return Result(control.title if control else asked.control_id, level, asked.outcome, took)


def _asked(people: Mapping[str, Person], proposals: Sequence[Proposal]) -> dict[str, str]:
    """Who proposed and who approved, by proposal, to follow what was begun on it."""
    return {
        p.id: f"proposed by {_name(people, p.proposer)} and approved by {_name(people, p.decided_by)}"
        for p in proposals
        if p.decided_by
    }


def _approval(proposal: Proposal, people: Mapping[str, Person], called: Mapping[str, str]) -> Approval:
    moves = proposal.shown.moves
    name = called.get(moves[0].control_id, moves[0].control_id)
    what = f"loosen {len(moves)} controls" if len(moves) > 1 else f"release {name}"
    return Approval(
        what=what,
        proposed_by=_name(people, proposal.proposer),
        proposed_at=proposal.proposed_at,
        why=proposal.justification,
        status=proposal.status.value,
        decided_by=_name(people, proposal.decided_by),
        decided_at=proposal.decided_at,
        hash=proposal.hash,
    )


def _told(
    rows: Sequence[Row], every: Sequence[Publication], people: Mapping[str, Person]
) -> tuple[Told, ...]:
    """Each text as it was when it went out, from the record: publications themselves are redrawn since."""
    by_id = {p.id: p for p in every}
    out: list[Told] = []
    for row in rows:
        known = by_id.get(str(row.data.get("publication")))
        if row.kind not in _OUT or known is None:
            continue
        redrawn = row.kind == "macros.followed"
        before = 1 + out.pop().redrawn_before if redrawn and out and out[-1].redrawn else 0
        out.append(
            Told(
                at=row.at,
                title=known.title,
                body=str(row.data.get("body", "")),
                approved_by=_name(people, known.approved_by),
                edited=known.edited,
                redrawn=redrawn,
                redrawn_before=before,
            )
        )
    return tuple(out)


async def _improvements(tx: Tx, incident: Incident, people: Mapping[str, Person]) -> tuple[Improvement, ...]:
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    out = []
    for state in await tx.steps.of(incident.id):
        step = find_step(pinned.by_id, state)
        named = step is not None and step.kind is StepKind.TASK and state.phase is Phase.REVIEW
        if named and state.said and state.at:
            out.append(Improvement(state.said, _name(people, state.by), state.at))
    return tuple(out)


def _name(people: Mapping[str, Person], person_id: str | None) -> str:
    found = people.get(person_id or "")
    return found.name if found else person_id or ""
