"""A control service that can be told to fail: it keeps settings in memory and compares generations."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.control import Control, Level, Value
from bot.usecases.ports import Changed, ControlAdapter, Observation, Order, Outrun, Refused, Unanswered


class Fault(StrEnum):
    """What one call to `set` does instead of what it should."""

    REFUSE = "refuse"
    LOSE_BEFORE = "lose before the effect"
    LOSE_AFTER = "lose after the effect"
    OK_WITHOUT_EFFECT = "ok without effect"
    CHANGED = "changed by somebody else since the read"


@dataclass(frozen=True, slots=True)
class Took:
    """One setting that took effect."""

    control: str
    level: str | None
    epoch: int
    generation: int


@dataclass
class Service(ControlAdapter):
    """Settings by control id, normal until set; `effects` is all that took effect, `orders` all that came.

    `deaf` lists controls whose reads get no answer, `lies` what is read instead of what is so, `powerless`
    controls whose effect the probe does not see, `unprobed` those whose probe gets no answer. `meanwhile`
    runs within the next `set` of a control, before it takes effect.
    """

    effects: list[Took] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    lies: dict[str, Value] = field(default_factory=dict)
    powerless: set[str] = field(default_factory=set)
    unprobed: set[str] = field(default_factory=set)
    meanwhile: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    reads: int = 0
    _values: dict[str, Value] = field(default_factory=dict)
    _marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    _faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def fail(self, control_id: str, *faults: Fault) -> None:
        """Order what the next calls to `set` of a control do."""
        self._faults[control_id].extend(faults)

    def elsewhere(self, control: Control, level: str) -> None:
        """Somebody else sets it, at the service itself."""
        self._values[control.id] = control.level(level).value

    def level(self, control: Control) -> str | None:
        """What is really so."""
        found = control.level_of(self._value(control))
        return found.id if found else None

    def of(self, control: Control) -> ControlAdapter:  # noqa: ARG002 - the port's
        """One service for every control; implements a registry too."""
        return self

    async def read(self, control: Control, target: str) -> Observation:  # noqa: ARG002 - the port's
        self.reads += 1
        if control.id in self.deaf:
            raise Unanswered("the service gave no answer")
        return Observation(dict(self.lies.get(control.id, self._value(control))), etag="etag")

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:  # noqa: ARG002 - the port's
        self.orders.append(order)
        if control.id in self.meanwhile:
            await self.meanwhile.pop(control.id)()
        faults = self._faults[control.id]
        fault = faults.popleft() if faults else None
        match fault:
            case Fault.REFUSE:
                raise Refused("the service refused with 403")
            case Fault.CHANGED:
                raise Changed("the setting was changed by somebody else")
            case Fault.LOSE_BEFORE:
                raise Unanswered("the connection broke")
            case Fault.OK_WITHOUT_EFFECT:
                return
        self._take(control, value, order)
        if fault is Fault.LOSE_AFTER:
            raise Unanswered("the connection broke")

    async def probe(self, control: Control, target: str, level: Level) -> bool:  # noqa: ARG002 - the port's
        if control.id in self.unprobed:
            raise Unanswered("the probe gave no answer")
        return control.id not in self.powerless

    def _take(self, control: Control, value: Value, order: Order) -> None:
        mark = (order.epoch, order.generation)
        before = self._marks.get(control.id, (0, 0))
        if mark < before:
            raise Outrun("the service has already taken a higher generation")
        if mark == before:
            return
        self._marks[control.id] = mark
        self._values[control.id] = dict(value)
        found = control.level_of(value)
        self.effects.append(Took(control.id, found.id if found else None, *mark))

    def _value(self, control: Control) -> Value:
        return self._values.get(control.id, control.levels[0].value)
