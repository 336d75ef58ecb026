"""The adapter of what is set by hand, with two people who do as they are asked at once."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.controls.by_hand import ByHandAdapter
from bot.controls.calling import Reach
from bot.domain.base import Environment
from bot.domain.by_hand import Attested
from bot.domain.control import Control, Value
from bot.usecases.ports import ByHand, Order

NORMAL: Value = {"status": "open", "limit": "250000"}


class People:
    """What they last attested."""

    def __init__(self) -> None:
        self.last: Attested | None = None
        self.say(NORMAL)

    def say(self, value: Value) -> None:
        """Frank has set it and Bob has looked."""
        self.last = Attested(value=dict(value), set_by="frank", seen_by="bob", at=datetime.now(UTC))

    async def attested(self, _environment: Environment, _control: str, _target: str) -> Attested | None:
        """As the database would say it."""
        return self.last


class Hands(ByHandAdapter):
    """The adapter; what it is asked to set is set by hand."""

    def __init__(self, reach: Reach, people: People) -> None:
        super().__init__(reach)
        self.people = people

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        try:
            await super().set(control, target, value, order)
        except ByHand:
            self.people.say(value)
