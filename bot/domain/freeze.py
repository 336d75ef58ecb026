"""A freeze: one person's word that nothing is loosened, or that nothing moves at all, until two lift it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.base import Environment, Frozen, Role
from bot.domain.control import Control, ControlState

FREEZE, FREEZE_ALL, LIFT = "freeze", "freeze_all", "unfreeze"
TYPED = "freeze all"


class FreezeScope(StrEnum):
    """What stands still."""

    LOOSENING = "loosening"
    ALL = "all"

    @property
    def act(self) -> str:
        """The act of the policy that says who may."""
        return FREEZE_ALL if self is FreezeScope.ALL else FREEZE

    @property
    def words(self) -> str:
        """What is not done, to follow a name: `loosening`, `everything, tightening too`."""
        return "everything, tightening too" if self is FreezeScope.ALL else "loosening"


class Word(Frozen):
    """What one person said: who (a person's id) in which role, when (UTC business time), and why."""

    by: str
    role: Role
    at: datetime
    why: str


class Freeze(Frozen):
    """One freeze of an environment. `id` is its ledger entry.

    `asked` is the word of whoever proposed to lift it, `agreed` the second person's: then every control is
    read again, and only after that it ends.
    """

    id: str
    environment: Environment
    scope: FreezeScope
    frozen: Word
    asked: Word | None = None
    agreed: Word | None = None

    def stops(self, *, loosening: bool) -> bool:
        """Whether a set in this direction stands still."""
        return loosening or self.scope is FreezeScope.ALL

    def waits(self, now: datetime, ttl: timedelta) -> Word | None:
        """The proposal to lift it that still waits for a second person."""
        if self.asked is None or self.agreed is not None or now - self.asked.at >= ttl:
            return None
        return self.asked


def in_flight(
    controls: Iterable[Control], states: Mapping[str, ControlState], scope: FreezeScope
) -> list[str]:
    """The controls whose set was on its way when it was frozen, and is not answered yet."""
    open_ = [(c, s) for c in controls if (s := states.get(c.id)) and s.intent_open]
    return [c.id for c, s in open_ if scope is FreezeScope.ALL or _loosens(c, s)]


def unread(controls: Iterable[Control], states: Mapping[str, ControlState], since: datetime) -> list[str]:
    """The controls that nobody has read since a moment."""
    seen = {i: s.observed_at for i, s in states.items() if s.observed is not None}
    return [c.id for c in controls if (at := seen.get(c.id)) is None or at < since]


def _loosens(control: Control, state: ControlState) -> bool:
    """Whether the open intent loosens: one back to a baseline does, and one of which that cannot be told."""
    known = {level.id: i for i, level in enumerate(control.levels)}
    to, at = known.get(state.intent_level or ""), known.get(state.observed_level or "")
    return to is None or at is None or to < at
