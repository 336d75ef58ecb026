"""Trouble to order: which call or delivery fails, how, how often, from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Literal, get_args

from bot.sandbox.slack.model import Json

ApiKind = Literal["rate_limited", "server_error", "drop_before", "drop_after", "slow", "error"]
DeliveryKind = Literal["duplicate", "delay", "retry", "drop", "lose_ack", "cut"]
API_KINDS: frozenset[str] = frozenset(get_args(ApiKind))
DELIVERY_KINDS: frozenset[str] = frozenset(get_args(DeliveryKind))


@dataclass
class Fault:
    """One kind of trouble.

    `match` is a pattern over Web API methods (`chat.*`) or delivery names (`command`, `block_actions`,
    `view_submission`, `view_closed`, `shortcut`, `message_action`, `event:app_home_opened`). `count` is how
    many more times it strikes (None: for ever), after letting `skip` matching calls pass; `probability`
    is drawn from the plan's seed. `ms` belongs to slow and delay, `status` to server_error, `retry_after`
    (seconds) to rate_limited, `error` to error. Socket Mode alone knows `lose_ack` (the app's ack is lost and
    the envelope sent again) and `cut` (the connection is reset when the ack comes).
    """

    kind: str
    match: str = "*"
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    ms: int = 0
    status: int = 503
    retry_after: int = 1
    error: str = "internal_error"
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in API_KINDS | DELIVERY_KINDS:
            names = ", ".join(sorted(API_KINDS | DELIVERY_KINDS))
            raise ValueError(f"no fault is called {self.kind!r}; there are: {names}")


@dataclass
class FaultPlan:
    """The faults in force, a constant delay for every Web API call, and the off switch (`down`)."""

    seed: int = 0
    faults: list[Fault] = field(default_factory=list)
    latency_ms: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.reseed(self.seed)

    def reseed(self, seed: int) -> None:
        """Begin the dice again from this seed."""
        self.seed = seed
        self._random = Random(seed)  # noqa: S311 - repeatable trouble, not secrets

    def add(self, fault: Fault) -> None:
        """Put one more fault in force."""
        self.faults.append(fault)

    def clear(self) -> None:
        """Back to a faultless Slack, the dice returned to their seed."""
        self.faults.clear()
        self.latency_ms, self.down = 0, False
        self.reseed(self.seed)

    def strike(self, name: str, kinds: Iterable[str]) -> list[Fault]:
        """The faults that hit this call, spent as they are handed out; copies, safe to keep."""
        return [replace(fault) for fault in self.faults if fault.kind in kinds and self._hits(fault, name)]

    def as_json(self) -> Json:
        """What `GET /sandbox/faults` shows."""
        return {"latency_ms": self.latency_ms, "down": self.down, "faults": [asdict(f) for f in self.faults]}

    def _hits(self, fault: Fault, name: str) -> bool:
        if fault.count == 0 or not fnmatchcase(name, fault.match):
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if self._random.random() >= fault.probability:
            return False
        if fault.count is not None:
            fault.count -= 1
        fault.struck += 1
        return True
