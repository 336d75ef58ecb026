"""What every use case is given, and where time, ids and texts come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot import __version__
from bot.domain.authority import Person
from bot.domain.base import Environment
from bot.domain.content import Content
from bot.usecases.flights import Flights
from bot.usecases.ports.store import Store


class Clock(Protocol):
    """Business time for deadlines and gates, wall time for signatures; both UTC with a zone."""

    def now(self) -> datetime:
        """Business time."""
        ...

    def wall(self) -> datetime:
        """Wall time."""
        ...

    def wall_for(self, business: datetime) -> datetime:
        """When, on the wall, a moment of business time comes."""
        ...


class Ids(Protocol):
    """Where ids come from."""

    def new(self, prefix: str) -> str:
        """An id never given before, such as `hold_3f…`."""
        ...


class Texts(Protocol):
    """The operator's templates."""

    def render(self, template: str, /, **facts: Any) -> str:
        """Render a template by its path under TEMPLATES_DIR; raises ContentError when it cannot."""
        ...


class Factors(Protocol):
    """Secrets of second factors, kept outside the database."""

    def secret(self, person_id: str) -> bytes | None:
        """The secret of a person's authenticator app; None where they have none."""
        ...


class NoFactors:
    """Nobody has an authenticator app."""

    def secret(self, person_id: str) -> bytes | None:  # noqa: ARG002 - the port's own shape
        """None."""
        return None


class ContentSource(Protocol):
    """The content now in force."""

    @property
    def now(self) -> Content:
        """Everything, compiled."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person, the way they came, and the request it came by.

    `proof` is how they were known, without secrets: their key's signature over that request, or Slack's over
    the one it sent, with the Slack user.
    """

    person: Person
    via: str = "slack"
    request_id: str = ""
    proof: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What every use case is given. `code` is the version that runs, `secrets` what no record may hold."""

    store: Store
    clock: Clock
    ids: Ids
    content: ContentSource
    texts: Texts
    environment: Environment
    flights: Flights = field(default_factory=Flights)
    code: str = __version__
    secrets: Callable[[], Iterable[str]] = tuple
    factors: Factors = field(default_factory=NoFactors)
