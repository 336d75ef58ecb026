"""Which adapter serves which kind of control, and which registry serves which environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.controls.by_hand import ByHandAdapter
from bot.controls.calling import Reach
from bot.controls.fanout import FanoutAdapter
from bot.controls.http import HttpAdapter
from bot.controls.line import LineAdapter
from bot.controls.null import NullAdapter
from bot.domain.base import Environment
from bot.domain.control import Control
from bot.usecases.ports import Adapters, ControlAdapter

ADAPTERS: Mapping[str, Callable[[Reach], ControlAdapter]] = {
    "by_hand": ByHandAdapter,
    "fanout": FanoutAdapter,
    "http": HttpAdapter,
    "line": LineAdapter,
    "null": lambda _reach: NullAdapter(),
}


class Registry(Adapters):
    """One adapter for each kind a control can be described as."""

    def __init__(self, adapters: Mapping[str, ControlAdapter]) -> None:
        self._adapters = adapters

    def of(self, control: Control) -> ControlAdapter:
        """The adapter that reaches a control."""
        return self._adapters[control.adapter.kind]


def registries(environment: Environment, reach: Reach) -> dict[Environment, Registry]:
    """The registries of a deployment: its own environment's, and that of its drills.

    Drills know no adapter but the null one, whatever a control's description says, and the last entry
    wins: not even a deployment that calls itself a drill gets another.
    """
    nothing = NullAdapter()
    reach = replace(reach, environment=environment)
    return {
        environment: Registry({kind: make(reach) for kind, make in ADAPTERS.items()}),
        Environment.DRILL: Registry(dict.fromkeys(ADAPTERS, nothing)),
    }
