"""What a change would do, asked so that the asking never holds the change up."""

from __future__ import annotations

import asyncio

from bot.domain.authority import loosening_roles
from bot.domain.control import Control, Level
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, mode_levels
from bot.slack.ask import Ask
from bot.slack.cards.preview import loosening_line
from bot.usecases import controls, modes
from bot.usecases import impact as impacts
from bot.usecases.controls import Change
from bot.usecases.levels import next_up
from bot.usecases.modes import ModePreview
from bot.usecases.ports import StoreError

WITHIN = 1.5


async def mode(ask: Ask, mode_id: ModeId, incident: Incident | None) -> ModePreview:
    """A mode's preview, live within 1.5 s, else from what is written alone. Raises NotEntitled."""
    try:
        async with asyncio.timeout(WITHIN):
            return await modes.preview_mode(ask.ctx, ask.actor, mode_id, incident)
    except (TimeoutError, StoreError):
        content = ask.ctx.content.now
        pairs = mode_levels(content.modes[mode_id], content.controls)
        modes.entitled(ask.ctx, ask.actor, mode_id)
        blind = controls.preview(pairs, {}, [])
        return ModePreview(content.modes[mode_id], blind, "impact unknown", incident)


async def levels(ask: Ask, pairs: list[tuple[Control, Level]]) -> list[Change]:
    """What setting these levels would change, live within 1.5 s, else from what is written alone."""
    try:
        async with asyncio.timeout(WITHIN), ask.ctx.store.read() as tx:
            states = await tx.controls.all(ask.ctx.environment)
            holds = await tx.holds.in_force(ask.ctx.environment)
    except (TimeoutError, StoreError):
        return controls.preview(pairs, {}, [])
    return controls.preview(pairs, states, holds)


async def impact(ask: Ask, control: Control) -> str:
    """What a change touches, live within 1.5 s, else `impact unknown`; empty where nothing tells of it."""
    try:
        async with asyncio.timeout(WITHIN), ask.ctx.store.read() as tx:
            return await impacts.impact(ask.ctx, tx, [control])
    except (TimeoutError, StoreError):
        return impacts.UNKNOWN if control.blast_radius else ""


async def next_level(ask: Ask, control: Control) -> Level:
    """The next stricter level. Raises BadInput at the last one, StoreError."""
    async with ask.ctx.store.read() as tx:
        states = await tx.controls.all(ask.ctx.environment)
        holds = await tx.holds.in_force(ask.ctx.environment, control.id)
    return next_up(control, states.get(control.id), holds)


def loosening(ask: Ask, control: Control, level: Level) -> str:
    """Who must agree before this level is left again; markup."""
    authority = ask.ctx.content.now.authority
    rule = authority.rules[control.rule]
    return loosening_line(loosening_roles(rule, authority, out_of_suspension=level.full_suspension))
