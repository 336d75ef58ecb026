"""Whether an environment is frozen, and what is shown of that."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.base import Environment, Role
from bot.domain.freeze import LIFT, Freeze, Word, in_flight, unread
from bot.usecases.ports import Context, Tx


async def standing_freeze(tx: Tx, environment: Environment) -> Freeze | None:
    """The freeze in force. Whoever locked a control before asking is told the truth of that moment."""
    kept = await tx.keepsakes.fact(_fact(environment))
    return Freeze.model_validate_json(kept) if kept else None


async def keep_freeze(tx: Tx, freeze: Freeze) -> None:
    """Put a freeze into force, or its new state; the caller has locked every control."""
    await tx.keepsakes.set_fact(_fact(freeze.environment), freeze.model_dump_json())


async def drop_freeze(tx: Tx, environment: Environment) -> None:
    """End a freeze; the caller has locked every control."""
    await tx.keepsakes.forget_fact(_fact(environment))


def frozen_words(ctx: Context, freeze: Freeze) -> str:
    """Who froze what since when, as the reason why something waits."""
    return f"{name_of(ctx, freeze.frozen.by)} froze {freeze.scope.words}, {freeze.frozen.at:%H:%M} UTC"


def freezers(ctx: Context, act: str) -> tuple[Role, ...]:
    """The roles that may do an act of freezing: the policy's, else whoever may tighten, and executives."""
    authority = ctx.content.now.authority
    if act in authority.acts:
        return authority.acts[act]
    tighten = [role for rule in authority.rules.values() for role in rule.tighten]
    return tuple(dict.fromkeys((*tighten, authority.executive)))


def name_of(ctx: Context, person_id: str) -> str:
    """A person's name, or their id when they are not listed."""
    known = ctx.content.now.directory.people.get(person_id)
    return known.name if known else person_id


@dataclass(frozen=True, slots=True)
class FreezeView:
    """A freeze as it is shown: by whom, who asked to lift it, who may be the second person (names).

    `flying` are controls whose set is on its way unanswered, `unread` those to be read before it ends.
    """

    freeze: Freeze
    by: str
    asked: Word | None
    asked_by: str
    may_lift: tuple[str, ...]
    flying: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def lifting(self) -> bool:
        """Whether two people have agreed to lift it and controls are being read again."""
        return self.freeze.agreed is not None


async def freeze_view(ctx: Context, tx: Tx, environment: Environment) -> FreezeView | None:
    """The freeze in force as it is shown; None when nothing is frozen."""
    freeze = await standing_freeze(tx, environment)
    if freeze is None:
        return None
    content = ctx.content.now
    states = await tx.controls.all(environment)
    asked = freeze.waits(ctx.clock.now(), content.authority.proposal_ttl)
    said = asked or (freeze.asked if freeze.agreed else None)
    may = [p for p in content.directory.holders(freezers(ctx, LIFT)) if not asked or p.id != asked.by]
    return FreezeView(
        freeze=freeze,
        by=name_of(ctx, freeze.frozen.by),
        asked=asked,
        asked_by=name_of(ctx, said.by) if said else "",
        may_lift=tuple(p.name for p in may),
        flying=tuple(in_flight(content.controls, states, freeze.scope)),
        unread=tuple(unread(content.controls, states, freeze.agreed.at)) if freeze.agreed else (),
    )


def _fact(environment: Environment) -> str:
    return f"freeze:{environment}"
