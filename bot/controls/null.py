"""Controls that reach nothing: they remember in this process what was set, as a good service would."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.control import Control, Level, Value
from bot.usecases.ports import ControlAdapter, Observation, Order, Outrun, Refused


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Value
    key: str
    mark: tuple[int, int]


class NullAdapter(ControlAdapter):
    """Stands at normal until it is set; repeats take effect once, lower generations not at all."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def read(self, control: Control, target: str) -> Observation:
        """What was last set. Raises Refused for a target that the control does not have."""
        kept = self._kept.get(_place(control, target))
        return Observation(value=dict(kept.value if kept else control.levels[0].value))

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        """Remember a value. Raises Outrun, or Refused for a key or generation used for something else."""
        place = _place(control, target)
        mark = (order.epoch, order.generation)
        kept = self._kept.get(place)
        if kept and mark < kept.mark:
            raise Outrun(f"{control.id} has already taken a higher generation")
        if kept and (mark == kept.mark or order.key == kept.key):
            if (order.key, mark, value) != (kept.key, kept.mark, kept.value):
                raise Refused(f"{control.id} has taken this generation or key for something else")
            return
        self._kept[place] = _Kept(dict(value), order.key, mark)

    async def probe(self, control: Control, target: str, level: Level) -> bool:  # noqa: ARG002 - the port's
        """Always true: nothing lies behind the setting."""
        _place(control, target)
        return True


def _place(control: Control, target: str) -> tuple[str, str]:
    if target not in control.targets:
        raise Refused(f"{control.id} has no target {target}")
    return control.id, target
