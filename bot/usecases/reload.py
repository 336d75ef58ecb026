"""Changed content into force in a running deployment, without touching what is held under the old.

The content lies in files; the database keeps which is in force, as an outline. Whoever brings another into
force is recorded, and every process follows. Open incidents keep their runbooks; controls are current.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, ValidationError

from bot.domain.base import Environment, Frozen
from bot.domain.content import Content
from bot.domain.errors import Refusal
from bot.domain.outline import Changes, Keeper, Outline, changes, in_the_way
from bot.usecases import work
from bot.usecases.ports import Actor, Context, Tx, Unfit
from bot.usecases.record import record

IN_FORCE = "content"
TURN = "content.turn"
POLICY = "content.policy"
PROCESS = "process."
SILENT_AFTER = timedelta(seconds=45)
FEW = 4


class ReloadRefused(Refusal):
    """The content cannot come into force now; `reasons` has a sentence for each thing in its way."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join((*self.reasons, "Nothing was changed: the old content stays in force.")))


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of it; nothing was written where `before` is `after`."""

    before: Outline | None
    after: Outline
    changes: Changes

    @property
    def anew(self) -> bool:
        """Whether other content is in force now."""
        return self.before is None or self.before.digest != self.after.digest


class ProcessState(Frozen):
    """What one running process says of itself: the content it runs on, and why not the one in force."""

    role: str
    digest: str
    at: AwareDatetime
    trouble: str = ""


async def reload(ctx: Context, actor: Actor | None, fresh: Content, after: Outline, how: str) -> Reloaded:
    """Bring content that was read and checked into force. `how` says by what means. Raises ReloadRefused.

    `actor` None means that Breakwater itself found it so at a start. Asked twice it changes nothing twice.
    """
    async with ctx.store.write() as tx:
        await tx.keepsakes.set_fact(TURN, after.digest)  # its row is locked, so that of two one waits
        await tx.keepsakes.keep(fresh.policy_digest, fresh.policy)
        before = await in_force(tx)
        if before is not None and before.digest == after.digest:
            await tx.keepsakes.set_fact(POLICY, fresh.policy_digest)
            return Reloaded(before, after, Changes())
        reasons = await obstacles(tx, before, fresh)
        if reasons:
            raise ReloadRefused(reasons)
        found = Reloaded(before, after, changes(before, after))
        await tx.keepsakes.set_fact(IN_FORCE, after.model_dump_json())
        await tx.keepsakes.set_fact(POLICY, fresh.policy_digest)
        if before is not None or actor is not None:
            await _told(ctx, tx, actor, found, how)
        return found


async def in_force(tx: Tx) -> Outline | None:
    """The content that every process should run on; None before the first has ever started."""
    raw = await tx.keepsakes.fact(IN_FORCE)
    if raw is None:
        return None
    try:
        return Outline.model_validate_json(raw)
    except ValidationError:  # another release wrote it: compare with nothing rather than not at all
        return None


async def stands(ctx: Context, tx: Tx, policy_digest: str) -> bool:
    """Whether what was approved under a policy may still go on: the policy is the same now.

    Raises Unfit when this process runs on another policy than the one in force, and so cannot tell.
    """
    ours = ctx.content.now.policy_digest
    if await tx.keepsakes.fact(POLICY) not in (None, ours):
        raise Unfit("its controls and policy are not those in force, so it neither loosens nor reopens")
    return policy_digest == ours


async def obstacles(tx: Tx, before: Outline | None, fresh: Content) -> tuple[str, ...]:
    """What keeps this content from coming into force now; empty when nothing does."""
    held = [hold for env in Environment for hold in await tx.holds.in_force(env)]
    keepers = [
        Keeper(incident.id, await tx.keepsakes.pinned(incident.content_digest))
        for incident in await tx.incidents.open()
    ]
    return in_the_way(before, fresh, held, keepers)


async def report(ctx: Context, name: str, state: ProcessState) -> None:
    """Say what a process runs on; forgets those that have long been silent."""
    async with ctx.store.write() as tx:
        for other, known in (await _states(tx)).items():
            if state.at - known.at > SILENT_AFTER * 2 and other != name:
                await tx.keepsakes.forget_fact(PROCESS + other)
        await tx.keepsakes.set_fact(PROCESS + name, state.model_dump_json())


async def leave(ctx: Context, name: str) -> None:
    """Say that a process has ended."""
    async with ctx.store.write() as tx:
        await tx.keepsakes.forget_fact(PROCESS + name)


async def processes(tx: Tx, now: datetime) -> dict[str, ProcessState]:
    """What each process that runs says of itself; `now` is wall time."""
    return {name: s for name, s in (await _states(tx)).items() if now - s.at <= SILENT_AFTER}


async def _states(tx: Tx) -> dict[str, ProcessState]:
    found = {}
    for name, raw in (await tx.keepsakes.facts(PROCESS)).items():
        try:
            found[name.removeprefix(PROCESS)] = ProcessState.model_validate_json(raw)
        except ValidationError:  # another release wrote it
            continue
    return found


async def _told(ctx: Context, tx: Tx, actor: Actor | None, found: Reloaded, how: str) -> None:
    """One row for the deployment, and for each open incident a row, a line in its channel and a new card."""
    facts = {
        "digest": found.after.digest,
        "before": found.before.digest if found.before else None,
        **found.changes.model_dump(mode="json"),
        "how": how,
    }
    record(ctx, tx, "content.reloaded", actor, **facts)
    for incident in await tx.incidents.open():
        record(ctx, tx, "content.reloaded", actor, incident=incident, **facts)
        text = (
            f"Other content is in force since {ctx.clock.now():%H:%M} UTC (`{found.after.short}`): "
            f"{summary(found.changes)}. This incident keeps its own runbooks; controls, modes and gates are "
            "the new ones."
        )
        await work.say(tx, f"reloaded:{found.after.short}:{incident.id}", incident.id, text)
        await work.draw(tx, incident.id)


def summary(found: Changes) -> str:
    """`changed control swaps; added gate x`, the first few of each."""
    said = []
    for word, names in (("added", found.added), ("removed", found.removed), ("changed", found.changed)):
        more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
        said += [f"{word} {', '.join(names[:FEW])}{more}"] if names else []
    return "; ".join(said) or "nothing but its layout changed"
