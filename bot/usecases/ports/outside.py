"""The outside services, seen through adapters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.base import Environment
from bot.domain.by_hand import Attested
from bot.domain.control import Control, Level, Value
from bot.domain.publication import Publication


@dataclass(frozen=True, slots=True)
class Sight:
    """When people looked, until when it counts, and who they are, persons' ids."""

    at: datetime
    until: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a service says a setting is now, or what people saw: then `sight` says when."""

    value: Value
    etag: str | None = None
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt to set: the same key whenever it is repeated.

    `key` is environment/epoch/control/target/generation.
    """

    key: str
    epoch: int
    generation: int
    reason: str
    etag: str | None = None


Attestations = Callable[[Environment, str, str], Awaitable[Attested | None]]


class ControlAdapter(Protocol):
    """One way of setting and reading back. Every call raises ServiceError's children and nothing else."""

    async def read(self, control: Control, target: str) -> Observation:
        """What the service says now."""
        ...

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        """Set a value; returning means that the service said yes, not that it is so."""
        ...

    async def probe(self, control: Control, target: str, level: Level) -> bool:
        """Whether the effect itself is as the level says; True where the control has no probe."""
        ...


class Adapters(Protocol):
    """The adapters of one environment; a drill's registry holds sandbox adapters only."""

    def of(self, control: Control) -> ControlAdapter:
        """The adapter that reaches a control."""
        ...


class Registries(Protocol):
    """A registry of adapters for each environment; no `if` chooses between them elsewhere."""

    def __getitem__(self, environment: Environment) -> Adapters:
        """That environment's adapters. Raises KeyError for an environment this deployment does not serve."""
        ...


class Publisher(Protocol):
    """One place where the public or the support desk reads."""

    async def publish(self, publication: Publication) -> None:
        """Make it readable there; repeating it changes nothing. Raises ServiceError's children."""
        ...


class Publishers(Protocol):
    """The publishers of every environment; a drill's reach nobody outside."""

    def of(self, publication: Publication) -> Publisher:
        """Where this publication goes. Raises KeyError when nothing takes its kind in its environment."""
        ...
