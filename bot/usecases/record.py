"""Writing into the ledger: one helper, so that every row says who, in which role and why."""

from __future__ import annotations

from typing import Any

from bot.domain.base import Environment, Role
from bot.domain.incident import Incident
from bot.domain.ledger import Entry
from bot.domain.text import redacted
from bot.usecases.ports import Actor, Context, Tx

BREAKWATER = "breakwater"


def record(
    ctx: Context,
    tx: Tx,
    kind: str,
    actor: Actor | None,
    *,
    incident: Incident | None = None,
    environment: Environment | None = None,
    role: Role | None = None,
    entry_id: str | None = None,
    **data: Any,
) -> str:
    """Append an entry and return its id; `actor` None means that Breakwater itself did it.

    `data` names what was changed `before` and `after`, the `numbers` it was decided on, and `justification`
    or `reason`; secrets are blotted out before anything is hashed.
    An `entry_id` given by the caller makes writing the same thing twice fail.
    """
    entry_id = entry_id or ctx.ids.new("rec")
    tx.ledger.append(
        Entry(
            id=entry_id,
            at=ctx.clock.now(),
            environment=incident.environment if incident else (environment or ctx.environment),
            kind=kind,
            actor=actor.person.id if actor else BREAKWATER,
            role=role.value if role else "",
            incident_id=incident.id if incident else None,
            data=redacted(data, tuple(ctx.secrets())),
            written_at=ctx.clock.wall(),
            proof={"via": actor.via, **(actor.proof or {})} if actor else {},
            request=actor.request_id if actor else "",
            content=ctx.content.now.policy_digest,
            code=ctx.code,
        )
    )
    return entry_id
