"""Controls without an API: observed in what two people last attested, for as long as that counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.controls.calling import Reach
from bot.controls.filling import facts_of
from bot.domain.adapter import ByHandAdapter as Spec
from bot.domain.base import format_duration
from bot.domain.control import Control, Level, Value
from bot.usecases.ports import Attestations, ByHand, ControlAdapter, Observation, Order, Sight


class ByHandAdapter(ControlAdapter):
    """Sets nothing: whoever is asked to set raises ByHand, and so does reading what nobody attests."""

    def __init__(self, reach: Reach) -> None:
        self._environment = reach.environment
        self._attested: Attestations = reach.attested
        self._now: Callable[[], datetime] = reach.now

    async def read(self, control: Control, target: str) -> Observation:
        """What two people attested. Raises ByHand when they never did, or too long ago."""
        facts_of(control, target)
        found = await self._attested(self._environment, control.id, target)
        if found is None:
            raise ByHand("it is set by hand, and nobody has attested how it stands")
        until = found.until(control)
        if self._now() >= until:
            spec = control.adapter
            limit = format_duration(spec.stale_after) if isinstance(spec, Spec) else "0s"
            raise ByHand(f"it is set by hand, and what was attested is older than {limit}")
        return Observation(dict(found.value), sight=Sight(found.at, until, (found.set_by, found.seen_by)))

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:  # noqa: ARG002 - the port's
        """Raises ByHand, always: people are to be asked."""
        facts_of(control, target)
        raise ByHand("it is set by hand: people have been asked")

    async def probe(self, control: Control, target: str, level: Level) -> bool:  # noqa: ARG002 - the port's
        """True: what two people attest is the effect."""
        facts_of(control, target)
        return True
