"""Gates that people hold open for a while, and overrides that wait for their review: read from the ledger.

Both are rows and nothing else, so that what opens a gate can be neither lost nor made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.gate import GateFacts, GateResult, GateSpec, Verdict, evaluate_gate
from bot.domain.incident import Incident
from bot.domain.ledger import Row
from bot.usecases.ports import Context, Tx

ATTESTED, USED, REVIEWED = "gate.attested", "override.used", "override.reviewed"
NEWEST = 500


@dataclass(frozen=True, slots=True)
class Override:
    """One use of break-glass: its row's id, by whom, when, past what (`words`), and why."""

    id: str
    by: str
    at: datetime
    words: str
    why: str


async def opened(
    ctx: Context, tx: Tx, incident: Incident, spec: GateSpec, facts: GateFacts, result: GateResult
) -> GateResult:
    """The same result, unless people hold the gate open: attested where it is unknown, else overridden."""
    now = ctx.clock.now()
    policy = ctx.content.now.authority
    since = now - 2 * max(policy.attested_for, policy.break_glass.lasts)
    rows = await tx.ledger.tail(incident.id, NEWEST, kinds=(ATTESTED, USED), since=since)
    mine = [r for r in rows if r.data.get("gate") == spec.id]
    named = {p.id: p.name for p in ctx.content.now.directory.people.values()}
    for row in (r for r in mine if r.kind == ATTESTED):
        first = next((r for r in mine if r.id == row.data.get("with") and r.actor != row.actor), None)
        if first is None or not _lasts(row, now):
            continue
        seen = frozenset(row.data["signals"]) & frozenset(first.data["signals"])
        if evaluate_gate(spec, facts, seen).is_open:
            who = f"{named.get(first.actor, first.actor)} and {named.get(row.actor, row.actor)}"
            return _held(result, Verdict.ATTESTED, f"attested by {who}", row, now)
    for row in (r for r in mine if r.kind == USED):
        if _lasts(row, now):
            who = named.get(row.actor, row.actor)
            return _held(result, Verdict.OVERRIDDEN, f"overridden by {who}", row, now)
    return result


async def unreviewed(tx: Tx, incident_id: str) -> list[Override]:
    """The overrides of an incident that nobody has looked at yet, oldest first."""
    rows = await tx.ledger.tail(incident_id, NEWEST, kinds=(USED, REVIEWED))
    done = {one for r in rows if r.kind == REVIEWED for one in r.data["overrides"]}
    return [
        Override(r.id, r.actor, r.at, str(r.data["past"]), str(r.data["justification"]))
        for r in reversed(rows)
        if r.kind == USED and r.id not in done
    ]


def _lasts(row: Row, now: datetime) -> bool:
    return "until" in row.data and now < datetime.fromisoformat(row.data["until"])


def _held(result: GateResult, verdict: Verdict, words: str, row: Row, now: datetime) -> GateResult:
    minutes = int((now - row.at).total_seconds() // 60)
    until = f"{datetime.fromisoformat(row.data['until']):%H:%M} UTC"
    reason = f"{words} {minutes} min ago, until {until}; in truth {result.verdict}: {result.reason}"
    return result.model_copy(update={"verdict": verdict, "reason": reason})
