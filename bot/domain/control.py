"""Controls, their levels, holds on them, and the level that follows from the holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import field_validator, model_validator

from bot.domain.adapter import AdapterSpec, Scalar
from bot.domain.base import Duration, Environment, Frozen, Outcome

_SLOT = re.compile(r"\{([a-z_]+)\}")
_BRACE = re.compile(r"[{}]")
Value = dict[str, Scalar]
TARGET = "all"


class Level(Frozen):
    """One prewritten setting. `customers` is what they are told, `in_flight` the fate of open requests."""

    id: str
    title: str = ""
    value: Value
    customers: str = ""
    full_suspension: bool = False
    in_flight: Literal["drain", "hold", "cancel_and_credit"] | None = None


class Bounds(Frozen):
    """Between what a number of a level's value must lie, both included; amounts in quotes."""

    least: str | int | None = None
    most: str | int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Bounds:
        if self.least is None and self.most is None:
            raise ValueError("bounds nothing; give `least`, `most` or both")
        for end in (self.least, self.most):
            if end is not None and _number(end) is None:
                raise ValueError(f"`{end}` is no number")
        if self.least is not None and not self.holds(self.least):
            raise ValueError(f"`least` {self.least} is above `most` {self.most}")
        return self

    def holds(self, value: Scalar) -> bool:
        """Whether a value is a number that lies between."""
        number = _number(value)
        least, most = (_number(end) if end is not None else number for end in (self.least, self.most))
        return number is not None and least is not None and most is not None and least <= number <= most

    def __str__(self) -> str:
        least = f"at least {self.least}" if self.least is not None else ""
        most = f"at most {self.most}" if self.most is not None else ""
        return " and ".join(end for end in (least, most) if end)


class Control(Frozen):
    """An outside setting with ordered levels, normal first. `rule` names the authority that may move it.

    `bounds` limits fields of its values, so that a slip of the keyboard is found before an incident;
    `blast_radius` names the signals that tell what a change of it would touch.
    """

    id: str
    title: str
    rule: str
    adapter: AdapterSpec
    levels: tuple[Level, ...]
    params: dict[str, str] = {}
    irreversible: bool = False
    review_after: Duration = timedelta(hours=1)
    targets: tuple[str, ...] = (TARGET,)
    bounds: dict[str, Bounds] = {}
    blast_radius: tuple[str, ...] = ()

    @field_validator("levels")
    @classmethod
    def _ordered(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        ids = [level.id for level in levels]
        if len(levels) < 2 or ids[0] != "normal":  # noqa: PLR2004 - a lone level could never be tightened
            raise ValueError("levels begin with `normal` and have at least one more")
        if len(set(ids)) != len(ids):
            raise ValueError("two levels bear the same id")
        return levels

    @model_validator(mode="after")
    def _told(self) -> Control:
        for level in self.levels:
            known = set(level.value) | set(self.params)
            if stray := set(_SLOT.findall(level.customers)) - known:
                raise ValueError(
                    f"level {level.id} tells customers of {{{min(stray)}}}, which it does not have"
                )
            if _BRACE.search(_SLOT.sub("", level.customers)):
                raise ValueError(
                    f"level {level.id} would show customers a brace; a slot reads {{lower_case}}"
                )
        return self

    def level(self, level_id: str) -> Level:
        """The level of that id; raises KeyError."""
        return self.levels[self.index(level_id)]

    def index(self, level_id: str) -> int:
        """How restrictive a level is, 0 for normal; raises KeyError."""
        for i, level in enumerate(self.levels):
            if level.id == level_id:
                return i
        raise KeyError(f"{self.id} has no level {level_id}")

    def level_of(self, value: Mapping[str, Any] | None) -> Level | None:
        """The level whose value this is, or None for a value that nobody wrote down."""
        if value is None:
            return None
        return next((level for level in self.levels if same_value(level.value, value)), None)

    def told(self, level: Level) -> str:
        """What customers are told at a level, with its numbers filled in."""
        facts = {**self.params, **level.value}
        return _SLOT.sub(lambda m: _plain(facts[m.group(1)]), level.customers)


class Hold(Frozen):
    """An incident's claim that a control stand at least at a level.

    `decision_id` is the ledger entry that authorises it, `plan_id` the release plan that last lowered it,
    `value` and `content_digest` what the level meant when it was made. `owner` is a person's id; `put_offs`
    counts how often its review was put off; `before` is the level from which its owner raised it, None when
    it was placed new.
    """

    id: str
    incident_id: str
    environment: Environment
    control_id: str
    target: str = TARGET
    level: str
    value: Value
    content_digest: str
    decision_id: str
    owner: str
    placed_at: datetime
    review_at: datetime
    version: int = 1
    put_offs: int = 0
    before: str | None = None
    plan_id: str | None = None
    released_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether it still counts."""
        return self.released_at is None

    @property
    def claim(self) -> int:
        """The version of what it claims, which a review put off does not change."""
        return self.version - self.put_offs

    def put_off(self, until: datetime) -> Hold:
        """The same claim, reviewed later; to be saved."""
        return self.model_copy(update={"review_at": until, "put_offs": self.put_offs + 1})


class Foreign(Frozen):
    """A change that somebody else made between our read and our set, and that no decision knows of.

    `value` is what they set, None when it could not be read; `over` what we had read; `under` the newest
    decision of that moment.
    """

    value: Value | None = None
    over: Value
    under: str


class ControlState(Frozen):
    """What is known of one control and target: the last generation, baseline, what was last observed.

    `set_level` is the level we last confirmed ourselves; `outcome` that of the running or last actuation.
    `intent_open` says that the answer to the last intent is still out; `drifts` when a confirmed level was
    loosened by somebody else, newest last. `unheard` are values that we tried to set and that may still take
    effect; `foreign` is somebody else's change that waits for a decision. `valid_until` bounds an observation
    that people attested, and `seen_by` are they.
    """

    environment: Environment
    control_id: str
    target: str = TARGET
    epoch: int = 1
    generation: int = 0
    baseline: Value | None = None
    baseline_at: datetime | None = None
    intent_level: str | None = None
    intent_value: Value | None = None
    intent_open: bool = False
    set_level: str | None = None
    observed: Value | None = None
    observed_level: str | None = None
    observed_at: datetime | None = None
    outcome: Outcome = Outcome.UNKNOWN
    detail: str = ""
    attempts: int = 0
    drifts: tuple[datetime, ...] = ()
    unheard: tuple[Value, ...] = ()
    foreign: Foreign | None = None
    valid_until: datetime | None = None
    seen_by: tuple[str, ...] = ()


def desired_hold(control: Control, holds: Iterable[Hold]) -> Hold | None:
    """The most restrictive hold in force, whatever the order; None when nothing is held."""
    mine = [h for h in holds if h.in_force and h.control_id == control.id]
    return max(mine, key=lambda h: (control.index(h.level), h.id), default=None)


def desired_level(control: Control, holds: Iterable[Hold]) -> Level | None:
    """The level the holds ask for; None when nothing is held and the baseline applies."""
    hold = desired_hold(control, holds)
    return control.level(hold.level) if hold else None


def matching(controls: Iterable[Control], pattern: str) -> list[Control]:
    """The controls an id or a pattern such as `withdrawals.limit.*` means."""
    return [c for c in controls if fnmatchcase(c.id, pattern)]


def same_value(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether two settings mean the same: `25000` and `25000.00` do, `true` and `1` do not."""
    return left.keys() == right.keys() and all(_same(left[k], right[k]) for k in left)


def _number(value: Scalar) -> Decimal | None:
    """A finite number, or None."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return None if isinstance(value, bool) or not number.is_finite() else number


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if a == b:
        return True
    try:
        return Decimal(str(a)) == Decimal(str(b))
    except InvalidOperation:
        return False


def _plain(value: Scalar) -> str:
    try:
        return f"{Decimal(str(value)):,}"
    except InvalidOperation:
        return str(value)
