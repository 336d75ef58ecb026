"""The brief: what the next commander needs to start, beyond what the card shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import Role
from bot.domain.control import Hold
from bot.domain.errors import Ended
from bot.domain.ledger import Row
from bot.domain.mode import ModeId
from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.usecases import work
from bot.usecases.drafts import newest
from bot.usecases.narrate import Told, because, names, who
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.timeline import Only
from bot.usecases.views import IncidentView, timeline

LATELY = 3


@dataclass(frozen=True, slots=True)
class Held:
    """The holds of one decision: who decided what, when and why; the first of them to be reviewed, when."""

    holds: tuple[Hold, ...]
    mode: ModeId | None
    by: str
    at: datetime
    why: str
    review_at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """A view with what is held and why, what the public was told last, and the newest decisions and notes."""

    view: IncidentView
    declared_by: str
    held: tuple[Held, ...]
    told: Publication | None
    lately: tuple[Told, ...]


async def brief(ctx: Context, view: IncidentView) -> Brief:
    """Read what a brief adds to a view."""
    async with ctx.store.read() as tx:
        incident = view.incident
        holds = [h for h in await tx.holds.of(incident.id) if h.in_force]
        rows = await tx.ledger.by_id(h.decision_id for h in holds)
        called = names(ctx.content.now, await tx.keepsakes.pinned(incident.content_digest))
        told = await tx.publications.of(incident.id)
        declared_by = view.name(incident.declared_by)
        return Brief(
            view,
            declared_by,
            _grouped(holds, rows, called),
            newest(told, PublicationKind.STATUS, PublicationState.PUBLISHED),
            tuple(await timeline(ctx, tx, incident, LATELY, Only(("decisions", "notes")))),
        )


async def post(ctx: Context, actor: Actor, incident_id: str, token: str) -> bool:
    """Have a brief posted in its incident's channel; False when this one was asked for before."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id)
        if incident.ended:
            raise Ended(f"{incident.id} has ended; its review says more than a brief.")
        if not await tx.keepsakes.first_time("brief", f"{incident_id}:{token}", ctx.clock.now()):
            return False
        await _want(tx, actor, incident_id, token)
        return True


async def _want(tx: Tx, actor: Actor, incident_id: str, token: str) -> None:
    payload = {"incident": incident_id, "by": actor.person.name}
    await tx.jobs.want(f"brief:{incident_id}:{token}", "brief", work.VIEWS, payload=payload)


def _grouped(holds: list[Hold], rows: dict[str, Row], called: dict[str, str]) -> tuple[Held, ...]:
    """Holds by the decision they stand on, the oldest first."""
    found: dict[str, list[Hold]] = {}
    for hold in sorted(holds, key=lambda h: (h.placed_at, h.control_id)):
        found.setdefault(hold.decision_id, []).append(hold)
    return tuple(_held(mine, rows.get(decision), called) for decision, mine in found.items())


def _held(holds: list[Hold], row: Row | None, called: dict[str, str]) -> Held:
    mode = row.data.get("mode") if row else None
    role = f" ({Role(row.role).words})" if row and row.role in set(Role) else ""
    owner = called.get(holds[0].owner, holds[0].owner)
    return Held(
        holds=tuple(holds),
        mode=ModeId(mode) if mode in set(ModeId) else None,
        by=f"{who(row, called)}{role}" if row else owner,
        at=row.at if row else holds[0].placed_at,
        why=because(row) if row else "",
        review_at=min(h.review_at for h in holds),
    )
