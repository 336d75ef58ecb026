"""Small worlds for the domain's tests: a moment, a control, holds, signals, the six people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.domain.adapter import NullAdapter
from bot.domain.authority import Authority, Directory, Person, RoleHolders, Rule
from bot.domain.base import Environment, Role
from bot.domain.control import Control, Hold, Level
from bot.domain.signal import Reading, Sample, SignalSpec, read_signal

NOW = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)
LEVELS = ("normal", "eased", "tightened", "trickle", "small_only", "suspended")
_LIMITS = {
    "normal": "250000",
    "eased": "100000",
    "tightened": "25000",
    "trickle": "5000",
    "small_only": "500",
}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def withdrawals(control_id: str = "withdrawals.limit.USDT.tron") -> Control:
    levels = [
        Level(
            id=name,
            value={"enabled": True, "max_per_transaction": limit},
            customers="withdrawals up to {max_per_transaction} {asset} continue; larger ones wait",
        )
        for name, limit in _LIMITS.items()
    ]
    stop = Level(
        id="suspended",
        value={"enabled": False, "max_per_transaction": "0"},
        customers="withdrawals wait",
        full_suspension=True,
    )
    return Control(
        id=control_id,
        title="Withdrawal limit",
        rule="a",
        adapter=NullAdapter(kind="null"),
        levels=(*levels, stop),
        params={"asset": "USDT"},
    )


def hold(hold_id: str, level: str, *, incident: str = "INC-1", released: bool = False) -> Hold:
    control = withdrawals()
    return Hold(
        id=hold_id,
        incident_id=incident,
        environment=Environment.LIVE,
        control_id=control.id,
        level=level,
        value=control.level(level).value,
        content_digest="c0ffee",
        decision_id=f"decision-{hold_id}",
        owner="alice",
        placed_at=ago(60),
        review_at=ago(-3600),
        released_at=NOW if released else None,
    )


def signal(signal_id: str, stale_after: int = 60) -> SignalSpec:
    return SignalSpec(
        id=signal_id, title=signal_id.replace("_", " "), stale_after=timedelta(seconds=stale_after)
    )


def sample(signal_id: str, value: int | str, seconds_ago: float) -> Sample:
    moment = ago(seconds_ago)
    return Sample(signal=signal_id, value=Decimal(value), at=moment, received_at=moment)


def reading(signal_id: str, value: int | str = 1, seconds_ago: float = 0, stale_after: int = 60) -> Reading:
    return read_signal(signal(signal_id, stale_after), sample(signal_id, value, seconds_ago), NOW)


def nothing_from(signal_id: str) -> Reading:
    return read_signal(signal(signal_id), None, NOW)


PEOPLE = {
    name: Person(id=name, name=name.capitalize(), slack=f"U{name.upper()}")
    for name in ("alice", "bob", "carol", "dana", "erin", "frank")
}
DIRECTORY = Directory(
    people=PEOPLE,
    roles={
        Role.INCIDENT_COMMANDER: RoleHolders(people=("alice",)),
        Role.TREASURY_LEAD: RoleHolders(people=("bob",)),
        Role.COMMS_OWNER: RoleHolders(people=("dana",)),
        Role.EXECUTIVE: RoleHolders(people=("erin",)),
        Role.TECHNICAL_LEAD: RoleHolders(people=("frank",)),
        Role.WALLET_OPS_LEAD: RoleHolders(people=("frank",)),
    },
)
RULE_A = Rule(
    tighten=(Role.WALLET_OPS_LEAD, Role.TREASURY_LEAD, Role.INCIDENT_COMMANDER),
    loosen=(Role.TREASURY_LEAD, Role.INCIDENT_COMMANDER),
)
AUTHORITY = Authority(rules={"a": RULE_A})
