"""Runbooks for special situations: a commander adds one to an open incident, and its steps join the board."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain.base import IncidentClass
from bot.domain.errors import AlreadyDone, BadInput
from bot.domain.incident import Incident
from bot.domain.runbook import Runbook
from bot.domain.text import clean, justification
from bot.usecases import phases, work
from bot.usecases.entitlement import may, take_part
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

EXAMPLE = "/incident runbook wallet-compromise Frank's signing laptop was stolen at the airport"
ADDED = "runbook.added"
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """A runbook for a special situation, and whether it was added to the incident."""

    book: Runbook
    added: bool


async def choices(tx: Tx, incident: Incident) -> list[Choice]:
    """The runbooks that can be added, those of the incident's own class first."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    found = [Choice(b, b.id in incident.runbooks) for b in pinned.runbooks if b.situation]
    return sorted(found, key=lambda c: (c.book.class_ is not incident.class_, c.book.title))


async def add_runbook(ctx: Context, actor: Actor, incident_id: str, runbook_id: str, why: str) -> Incident:
    """Add a situation's runbook: its steps come at once, those of phases already passed too.

    An incident without a class takes the runbook's, provisionally; one of another class keeps its own and
    bears this one as contributing. Raises NotEntitled, BadInput, AlreadyDone.
    """
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = may(ctx, actor, incident, "classify", f"add a runbook to {incident.id}")
        book = await _named(tx, incident, runbook_id)
        if book.id in incident.runbooks:
            raise await _added_before(ctx, tx, incident, book)
        said = justification(why, example=EXAMPLE)
        incident = await tx.incidents.save(incident.model_copy(update=changes(incident, book)))
        note(ctx, tx, actor, incident, book, role=role, justification=said)
        await phases.lay_out(ctx, tx, incident)
        await work.follow(tx, incident.id)
        await work.draw(tx, incident.id)
        return incident


def changes(incident: Incident, book: Runbook) -> dict[str, object]:
    """What adding a runbook changes in an incident."""
    changed: dict[str, object] = {"runbooks": (*incident.runbooks, book.id)}
    if incident.class_ is None:
        changed["class_"] = book.class_
    elif incident.class_ is not book.class_ and incident.class_contributing is None:
        changed["class_contributing"] = book.class_
    return changed


def note(ctx: Context, tx: Tx, actor: Actor, incident: Incident, book: Runbook, **more: object) -> None:
    """Write into the record that a runbook was added, and what class the incident has with it."""
    class_: IncidentClass | None = incident.class_
    contributing = incident.class_contributing
    record(
        ctx,
        tx,
        ADDED,
        actor,
        incident=incident,
        runbook=book.id,
        title=book.title,
        class_=class_.value if class_ else None,
        contributing=contributing.value if contributing else None,
        **more,  # type: ignore[arg-type] # a role and the justification, as the caller has them
    )


async def _named(tx: Tx, incident: Incident, runbook_id: str) -> Runbook:
    """The situation's runbook of that id among those the incident runs under. Raises BadInput."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    wanted = runbook_id.strip().casefold()
    book = pinned.by_id.get(wanted)
    known = [b.id for b in pinned.runbooks if b.situation]
    if book is None:
        near = get_close_matches(wanted, known, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        sentence = (
            f"There is no runbook “{clean(runbook_id, limit=40)}”.{meant} There are: {', '.join(known)}."
        )
        raise BadInput(sentence, example=EXAMPLE)
    if not book.situation:
        runs = f"with the class {book.class_.words}" if book.class_ else "in every incident"
        sentence = f"{book.id} runs by itself {runs}. To add there are: {', '.join(known)}."
        raise BadInput(sentence, example=EXAMPLE)
    return book


async def _added_before(ctx: Context, tx: Tx, incident: Incident, book: Runbook) -> AlreadyDone:
    after = 0
    while rows := await tx.ledger.rows(incident_id=incident.id, after=after, limit=_PAGE):
        for row in rows:
            if row.kind == ADDED and row.data["runbook"] == book.id:
                who = ctx.content.now.directory.people.get(row.actor)
                name = who.name if who else row.actor
                told = f"{name} added “{book.title}” at {row.at:%H:%M:%S} UTC."
                return AlreadyDone(told, by=name, at=row.at)
        after = rows[-1].seq
    now = ctx.clock.now()
    return AlreadyDone(f"“{book.title}” was added already.", by="", at=now)
