"""Controls without an API: what a person is asked to set, and what a second person has attested."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.domain.adapter import ByHandAdapter
from bot.domain.base import Environment, Frozen
from bot.domain.control import TARGET, Control, Value

_SLOT = re.compile(r"\{([a-z_]+)\}")


class Task(Frozen):
    """What is to be done by hand: the value wanted under a generation, and who says that it is set.

    `level` is None when the baseline is restored. `again` says that nothing changes: an attestation has grown
    old, and somebody looks again. `looks` counts how often that was.
    `because` is the decision that asks for it; `set_by` a person's id.
    """

    environment: Environment
    control_id: str
    target: str = TARGET
    incident_id: str
    generation: int
    level: str | None
    value: Value
    because: str
    asked_at: datetime
    again: bool = False
    looks: int = 0
    set_by: str | None = None
    set_at: datetime | None = None
    seen_by: str | None = None
    seen_at: datetime | None = None

    @property
    def round(self) -> str:
        """What tells this from what was asked before: `3`, or `3-1` for the first look again."""
        return f"{self.generation}-{self.looks}" if self.looks else str(self.generation)

    @property
    def done(self) -> bool:
        """Whether two people have done it."""
        return self.seen_by is not None


class Attested(Frozen):
    """What two people say is so: `set_by` set it and `seen_by` looked, persons' ids, and when they looked."""

    value: Value
    set_by: str
    seen_by: str
    at: datetime

    def until(self, control: Control) -> datetime:
        """When it counts no longer."""
        spec = control.adapter
        return self.at + (spec.stale_after if isinstance(spec, ByHandAdapter) else timedelta())


def how_to(control: Control) -> str:
    """What a person does, with the control's params filled in; empty for a control of another kind."""
    spec = control.adapter
    if not isinstance(spec, ByHandAdapter):
        return ""
    return _SLOT.sub(lambda slot: control.params.get(slot[1], slot[0]), spec.how)
