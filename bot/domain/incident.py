"""An incident: what is known of it, who holds which role, and where it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.base import Environment, Frozen, IncidentClass, Phase, Role, Severity
from bot.domain.lifecycle import Standing
from bot.domain.mode import ModeId


class SlackPlace(Frozen):
    """Where an incident lives in Slack. `own` is false when it had to live in the incidents channel."""

    channel: str
    own: bool = True
    card_ts: str | None = None


class Incident(Frozen):
    """A declared event that needs a coordinated response.

    `id` is the key people say, `INC-42` or `DRL-3`; `assigned` maps roles to person ids, `acknowledged`
    lists the roles whose holder has answered; `content_digest` pins the runbooks it runs under, and
    `runbooks` are those added for the situation at hand, by id.
    `detected_at` is when the first signal of it was received, if any; `relapsed_at` when it last went back
    recover. Times are UTC business time.
    """

    id: str
    number: int
    environment: Environment
    summary: str
    code_name: str
    severity: Severity = Severity.SEV2
    standing: Standing = Standing()
    phase_since: datetime
    phase_round: int = 1
    relapsed_at: datetime | None = None
    class_: IncidentClass | None = None
    class_confirmed: bool = False
    class_contributing: IncidentClass | None = None
    runner_up: IncidentClass | None = None
    runbooks: tuple[str, ...] = ()
    mode: ModeId = ModeId.NORMAL
    assigned: dict[Role, str] = {}
    acknowledged: tuple[Role, ...] = ()
    declared_by: str
    declared_at: datetime
    detected_at: datetime | None = None
    ended_at: datetime | None = None
    content_digest: str
    next_update_at: datetime | None = None
    last_update_at: datetime | None = None
    slack: SlackPlace | None = None
    version: int = 1

    @property
    def phase(self) -> Phase:
        """Where it stands."""
        return self.standing.phase

    @property
    def ended(self) -> bool:
        """Whether it takes no further events."""
        return self.phase.ended

    def elapsed(self, now: datetime) -> timedelta:
        """How long it has run, or ran."""
        return (self.ended_at or now) - self.declared_at


CODE_NAMES = (
    "amber anchor",
    "blue beacon",
    "bronze bridge",
    "calm canal",
    "cedar cove",
    "copper delta",
    "coral dune",
    "crimson ferry",
    "dark fjord",
    "early gale",
    "fair harbour",
    "golden inlet",
    "green island",
    "grey jetty",
    "high keel",
    "iron lagoon",
    "ivory lantern",
    "jade lighthouse",
    "late lock",
    "long mast",
    "low meadow",
    "maple moor",
    "misty mooring",
    "north oar",
    "old pier",
    "opal quay",
    "pale reef",
    "pine ridge",
    "quiet river",
    "red rudder",
    "royal sail",
    "sable shoal",
    "silver shore",
    "slate sound",
    "steel strait",
    "still tide",
    "stone tower",
    "swift vessel",
    "teal wharf",
    "white windlass",
)


def code_name(number: int) -> str:
    """A name that gives nothing away; the number goes behind it once the list has gone round."""
    lap, index = divmod(number - 1, len(CODE_NAMES))
    return CODE_NAMES[index] + (f" {lap + 1}" if lap else "")
