"""What Slack will not do for us: remembered until it is mended, told once, and never in the way.

A trouble has a key of its own, within an incident or, without one, within the deployment. Noting it again
tells nobody again; what is mended and breaks again is told again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from bot.usecases import work
from bot.usecases.ports import Context, Tx

EVERYWHERE = "slack"
PREFIX = "trouble:"


async def note(ctx: Context, troubles: Mapping[str, str], incident_id: str = "") -> list[str]:
    """Remember troubles, sentences (mrkdwn, escaped) by key, and tell of those that are new, together.

    They are told where the incident lives; without one in the incidents channel. Returns the new ones' keys.
    """
    async with ctx.store.write() as tx:
        place, known = incident_id or EVERYWHERE, await standing(tx, incident_id)
        new = {key: said for key, said in troubles.items() if key not in known}
        if not new:
            return []
        since = ctx.clock.now().isoformat()
        for key, said in new.items():
            kept = json.dumps({"said": said, "since": since})
            await tx.keepsakes.set_fact(f"{PREFIX}{place}:{key}", kept)
        text = "\n".join(f":warning: {said}" for said in new.values())
        told = f"trouble:{place}:{next(iter(new))}:{since}"
        if incident_id:
            await work.say(tx, told, incident_id, text)
            await work.draw(tx, incident_id)
        else:
            await work.warn(tx, told, text)
        return list(new)


async def keep(ctx: Context, key: str, said: str) -> bool:
    """Remember a trouble of the deployment that Slack itself cannot be told of; whether it is new."""
    async with ctx.store.write() as tx:
        if key in await standing(tx):
            return False
        kept = json.dumps({"said": said, "since": ctx.clock.now().isoformat()})
        await tx.keepsakes.set_fact(f"{PREFIX}{EVERYWHERE}:{key}", kept)
        return True


async def mended(ctx: Context, keys: Iterable[str], incident_id: str = "") -> None:
    """Forget troubles that are over; asks before it writes, since mostly there are none."""
    async with ctx.store.read() as tx:
        known = await standing(tx, incident_id)
    over = [key for key in keys if key in known]
    if not over:
        return
    async with ctx.store.write() as tx:
        for key in over:
            await tx.keepsakes.set_fact(f"{PREFIX}{incident_id or EVERYWHERE}:{key}", "")
        if incident_id:
            await work.draw(tx, incident_id)


async def standing(tx: Tx, incident_id: str = "") -> dict[str, str]:
    """The troubles that are not mended, as sentences (mrkdwn) by key."""
    begins = f"{PREFIX}{incident_id or EVERYWHERE}:"
    found = await tx.keepsakes.facts(begins)
    return {name.removeprefix(begins): json.loads(kept)["said"] for name, kept in found.items() if kept}
