"""Messages that somebody points at when declaring: kept word for word in the record, then linked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.incident import Incident
from bot.domain.text import clean
from bot.usecases import work
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

EVIDENCE_MAX = 2000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said, by whom (`author` is a person's id, `name` what people say), and where it stands."""

    text: str
    author: str
    name: str
    channel: str
    ts: str


def keep(ctx: Context, tx: Tx, actor: Actor, incident: Incident, found: Evidence) -> str:
    """Write a message into the record; secrets are blotted out as in a note. Returns the entry's id."""
    return record(
        ctx,
        tx,
        "evidence.kept",
        actor,
        incident=incident,
        text=clean(found.text, limit=EVIDENCE_MAX),
        author=found.author,
        author_name=clean(found.name, limit=80),
        channel=found.channel,
        ts=found.ts,
    )


async def linked(ctx: Context, incident_id: str, entry_id: str, permalink: str) -> None:
    """Write down where a message that is evidence is found; once."""
    async with ctx.store.write() as tx:
        if not await tx.keepsakes.first_time("evidence", entry_id, ctx.clock.now()):
            return
        incident = await tx.incidents.get(incident_id)
        record(ctx, tx, "evidence.linked", None, incident=incident, evidence=entry_id, permalink=permalink)


async def show(tx: Tx, incident: Incident, entry_id: str) -> None:
    """Show it in the incident's channel, once there is one."""
    payload = {"incident": incident.id}
    await tx.jobs.want(f"evidence:{entry_id}", "evidence", work.VIEWS, payload=payload)
