"""What every value of the domain is built on: frozen models, named enumerations and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_PART = re.compile(r"(\d+)\s*(ms|s|m|h|d)")
_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


class Frozen(BaseModel):
    """A value that never changes and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def bare_name(name: str) -> str:
    """The YAML name of a field that Python's keywords force an underscore on."""
    return name.rstrip("_")


def parse_duration(raw: Any) -> timedelta:
    """Read `90s`, `15m`, `1h30m` or `2d`; raises ValueError for anything else."""
    if isinstance(raw, timedelta):
        return raw
    text = str(raw).strip()
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError(f"{text!r} is no duration; write for example 90s, 15m, 1h30m or 2d")
    try:
        return sum((int(n) * _UNIT[unit] for n, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f"{text!r} is longer than time itself; write for example 90s, 15m or 2d") from None


def format_duration(value: timedelta) -> str:
    """Say a duration the way it is written in YAML: `1h30m`, `45s`, `0s`."""
    left = value // timedelta(milliseconds=1)
    out = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        out += f"{count}{unit}" if count else ""
    return out or "0s"


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


# What is hashed or compared must not depend on the zone a moment was written in; naive ones are refused.
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration)]


class Environment(StrEnum):
    """Where an effect may land; fixed at birth in everything that can have one."""

    LIVE = "live"
    SANDBOX = "sandbox"
    DRILL = "drill"


class Severity(StrEnum):
    """How bad, `sev1` worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


class Phase(StrEnum):
    """Where an incident stands."""

    CLASSIFY = "classify"
    STABILIZE = "stabilize"
    PROTECTED = "protected"
    RECOVER = "recover"
    REVIEW = "review"
    CLOSED = "closed"
    STOOD_DOWN = "stood_down"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen any more."""
        return self in (Phase.CLOSED, Phase.STOOD_DOWN)


class IncidentClass(StrEnum):
    """The kind of shock."""

    MARKET_MOVE = "market_move"
    TECHNICAL_OUTAGE = "technical_outage"
    RESERVE_ISSUE = "reserve_issue"
    CUSTODY_INCIDENT = "custody_incident"
    COUNTERPARTY_FAILURE = "counterparty_failure"

    @property
    def words(self) -> str:
        """The class as people say it: `counterparty failure`."""
        return self.value.replace("_", " ")


class Role(StrEnum):
    """A part to play in an incident, with its own narrow authority."""

    INCIDENT_COMMANDER = "incident_commander"
    TREASURY_LEAD = "treasury_lead"
    WALLET_OPS_LEAD = "wallet_ops_lead"
    TECHNICAL_LEAD = "technical_lead"
    SUPPORT_LEAD = "support_lead"
    COMMS_OWNER = "comms_owner"
    COMPLIANCE_LEAD = "compliance_lead"
    EXECUTIVE = "executive"

    @property
    def words(self) -> str:
        """The role as people say it: `treasury lead`."""
        return self.value.replace("_", " ")


class PublicState(StrEnum):
    """What the public has heard: nothing, a word that still stands, or a word that is overdue."""

    SILENT = "silent"
    INFORMED = "informed"
    OVERDUE = "overdue"


class Outcome(StrEnum):
    """What became of an actuation; `final` ones are never revised."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    ALREADY_SET = "already_set"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"

    @property
    def final(self) -> bool:
        """Whether this outcome ends a decision."""
        return self in (Outcome.CONFIRMED, Outcome.ALREADY_SET, Outcome.REJECTED, Outcome.SUPERSEDED)
