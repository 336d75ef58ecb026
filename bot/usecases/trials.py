"""Trying a control on purpose, outside any incident: written down before anything moves, then put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.control import Control, Level, Value
from bot.domain.errors import BadInput
from bot.usecases.ports import Actor, Context, Order, Tx
from bot.usecases.record import record

PUT_BACK = 3  # so often it is tried


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it was decided: generations of its own, and the ledger row that every order names."""

    decision: str
    witness: str
    environment: str
    control: str
    target: str
    epoch: int
    first: int

    def order(self, number: int, etag: str | None) -> Order:
        """The order of its so-manieth set, counted from 0."""
        generation = self.first + number
        key = f"{self.environment}/{self.epoch}/{self.control}/{self.target}/{generation}"
        return Order(key, self.epoch, generation, f"control test: {self.decision} ({self.witness})", etag)


async def begin_trial(
    ctx: Context, actor: Actor, control: Control, target: str, levels: Sequence[Level], baseline: Value
) -> Trial:
    """Write down that levels will be tried and put back, and take as many generations as that needs.

    Raises BadInput while the control is held or an incident is open here: then it is nobody's to try.
    """
    async with ctx.store.write() as tx:
        await _refuse_in_earnest(ctx, tx, control)
        state = (await tx.controls.lock(ctx.environment, [control.id]))[control.id]
        epoch = int(await tx.keepsakes.fact("epoch") or "1")
        first, last = state.generation + 1, state.generation + len(levels) + PUT_BACK
        await tx.controls.save(state.model_copy(update={"generation": last, "epoch": epoch}))
        decision = record(
            ctx,
            tx,
            "control.test_begun",
            actor,
            control=control.id,
            target=target,
            levels=[level.id for level in levels],
            baseline=baseline,
            generations=[first, last],
        )
    async with ctx.store.read() as tx:
        row = (await tx.ledger.by_id([decision]))[decision]
    witness = f"ledger row {row.seq}, sha256 {row.hash}"
    return Trial(decision, witness, ctx.environment.value, control.id, target, epoch, first)


async def end_trial(ctx: Context, actor: Actor, trial: Trial, *, passed: bool, back: bool, said: str) -> None:
    """Write down what came of it; `back` says that the baseline was seen again at the end."""
    async with ctx.store.write() as tx:
        record(
            ctx,
            tx,
            "control.test_ended",
            actor,
            control=trial.control,
            test=trial.decision,
            passed=passed,
            back=back,
            detail=said,
        )


async def _refuse_in_earnest(ctx: Context, tx: Tx, control: Control) -> None:
    if control.irreversible:
        raise BadInput(f"{control.id} cannot be undone by us, so it cannot be tried.")
    if held := await tx.holds.in_force(ctx.environment, control.id):
        who = ", ".join(sorted({h.incident_id for h in held}))
        raise BadInput(f"{control.id} is held by {who}; try it when nothing holds it.")
    running = [i.id for i in await tx.incidents.open() if i.environment is ctx.environment]
    if running:
        raise BadInput(f"{', '.join(running[:3])} is open; controls are tried when no incident is.")
