"""What the use cases stand on: the store, the clock, ids, content, texts and the outside adapters.

StoreError
└── StoreAway           the database is locked or gone; nothing was done
ServiceError            what an adapter raises; `str()` is safe to show
├── Unanswered          no usable answer: nobody knows whether it took effect
├── Refused             a definite no, with no effect
└── Outrun              the service has already taken a higher generation
LeaseLost               another worker holds the job now; roll back
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.approval import Proposal, ReleasePlan
from bot.domain.authority import Person
from bot.domain.base import Environment, Outcome
from bot.domain.classification import Answer
from bot.domain.content import Content, Pinned
from bot.domain.control import TARGET, Control, ControlState, Hold, Level, Value
from bot.domain.incident import Incident
from bot.domain.ledger import Entry, Head, Row
from bot.domain.publication import Publication
from bot.domain.runbook import StepState
from bot.domain.signal import Sample
from bot.domain.trigger import Suggestion


class StoreError(Exception):
    """The database could not do it."""


class StoreAway(StoreError):
    """The database is locked or gone; nothing was done."""


class ServiceError(Exception):
    """An outside service did not do as asked."""


class Unanswered(ServiceError):
    """No usable answer: a timeout, a dropped connection, a 5xx, nonsense. The effect is unknown."""


class Refused(ServiceError):
    """A definite no without an effect."""


class Outrun(ServiceError):
    """The service has already taken a higher generation; ours had no effect."""


class LeaseLost(Exception):  # noqa: N818 - not a malfunction: somebody else carries on
    """Another worker holds the job now."""


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


@dataclass(frozen=True, slots=True)
class Job:
    """A durable work row that a worker has claimed. `fence` and `wanted` are those of the claim."""

    id: int
    key: str
    kind: str
    lane: str
    payload: dict[str, Any]
    attempts: int
    fence: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Actuation:
    """What one decision asks of one control and target, and what became of it.

    `level` is the level the decision asked for; None when it released the hold.
    """

    id: str
    environment: Environment
    control_id: str
    decision_id: str
    incident_id: str
    hold_id: str
    level: str | None
    created_at: datetime
    target: str = TARGET
    outcome: Outcome = Outcome.PENDING
    generation: int | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A Slack message that a job has posted: where it is and the digest of what it says."""

    key: str
    channel: str
    ts: str
    digest: str


class Incidents(Protocol):
    """Incidents by their key."""

    async def get(self, incident_id: str, *, lock: bool = False) -> Incident:
        """One incident, locked for this transaction on demand. Raises NotFound."""
        ...

    async def add(self, incident: Incident) -> None:
        """A new incident."""
        ...

    async def save(self, incident: Incident) -> Incident:
        """Replace an incident of the same version; returns it with the next. Raises Stale."""
        ...

    async def next_number(self, environment: Environment) -> int:
        """The number the next incident bears; drills count apart."""
        ...

    async def open(self) -> list[Incident]:
        """Incidents that have not ended, newest first."""
        ...

    async def recent(self, limit: int) -> list[Incident]:
        """Incidents, ended ones too, newest first."""
        ...

    async def in_channel(self, channel: str) -> Incident | None:
        """The newest incident that lives in that Slack channel."""
        ...


class Steps(Protocol):
    """How far incidents have come."""

    async def of(self, incident_id: str) -> list[StepState]:
        """Every step of every phase walked so far."""
        ...

    async def add(self, states: Iterable[StepState]) -> None:
        """New steps."""
        ...

    async def save(self, state: StepState) -> StepState:
        """Replace a step of the same version and round. Raises Stale."""
        ...

    async def answers(self, incident_id: str) -> dict[str, Answer]:
        """Answers given to the decision tree, by question id."""
        ...

    async def answer(self, incident_id: str, question: str, answer: Answer) -> None:
        """Record an answer, replacing an earlier one."""
        ...


class Holds(Protocol):
    """Holds and what their decisions became."""

    async def in_force(self, environment: Environment, control_id: str | None = None) -> list[Hold]:
        """Holds in force, of one control or of all."""
        ...

    async def of(self, incident_id: str) -> list[Hold]:
        """All holds of an incident, released ones too."""
        ...

    async def add(self, hold: Hold) -> None:
        """A new hold."""
        ...

    async def save(self, hold: Hold) -> Hold:
        """Replace a hold of the same version. Raises Stale."""
        ...

    async def add_actuations(self, actuations: Iterable[Actuation]) -> None:
        """What new decisions ask for."""
        ...

    async def pending(self, environment: Environment, control_id: str, target: str) -> list[Actuation]:
        """Decisions on a control that have no final outcome yet, oldest first."""
        ...

    async def finish(self, actuation_id: str, outcome: Outcome, generation: int, at: datetime) -> None:
        """Give a pending actuation its final outcome; a final one is never revised."""
        ...

    async def actuations(self, incident_id: str) -> list[Actuation]:
        """Everything an incident's decisions asked for, oldest first."""
        ...


class Controls(Protocol):
    """What is known of each control."""

    async def lock(self, environment: Environment, control_ids: Iterable[str]) -> dict[str, ControlState]:
        """The states of these controls, locked in order of id; made when missing."""
        ...

    async def all(self, environment: Environment) -> dict[str, ControlState]:
        """Every control's state, by id."""
        ...

    async def save(self, state: ControlState) -> None:
        """Replace a locked state."""
        ...


class Proposals(Protocol):
    """Proposals and the release plans they become."""

    async def add(self, proposal: Proposal) -> None:
        """A new proposal."""
        ...

    async def get(self, proposal_id: str, *, lock: bool = False) -> Proposal:
        """One proposal. Raises NotFound."""
        ...

    async def save(self, proposal: Proposal) -> Proposal:
        """Replace a proposal of the same version. Raises Stale."""
        ...

    async def of(self, incident_id: str) -> list[Proposal]:
        """An incident's proposals, oldest first."""
        ...

    async def add_plan(self, plan: ReleasePlan) -> None:
        """A new plan."""
        ...

    async def plan(self, plan_id: str, *, lock: bool = False) -> ReleasePlan:
        """One plan. Raises NotFound."""
        ...

    async def save_plan(self, plan: ReleasePlan) -> ReleasePlan:
        """Replace a plan of the same version. Raises Stale."""
        ...

    async def plans(self, incident_id: str) -> list[ReleasePlan]:
        """An incident's plans, oldest first."""
        ...


class Publications(Protocol):
    """What the public and the support desk are told."""

    async def add(self, publication: Publication) -> None:
        """A new publication."""
        ...

    async def get(self, publication_id: str, *, lock: bool = False) -> Publication:
        """One publication. Raises NotFound."""
        ...

    async def save(self, publication: Publication) -> Publication:
        """Replace a publication of the same version. Raises Stale."""
        ...

    async def of(self, incident_id: str) -> list[Publication]:
        """An incident's publications, oldest first."""
        ...

    async def published(self, environment: Environment, limit: int) -> list[Publication]:
        """What was published, newest first."""
        ...


class Samples(Protocol):
    """Samples of signals."""

    async def add(self, samples: Iterable[Sample]) -> int:
        """Keep samples; the same signal at the same moment once. Returns how many were new."""
        ...

    async def last(self) -> dict[str, Sample]:
        """The newest sample of each signal."""
        ...

    async def since(self, signals: Iterable[str], start: datetime) -> dict[str, tuple[Sample, ...]]:
        """Samples from a moment on, with the last one before it, oldest first."""
        ...

    async def prune(self, before: datetime) -> None:
        """Forget samples older than that."""
        ...


class Suggestions(Protocol):
    """Suggestions that triggers raised."""

    async def add(self, suggestion: Suggestion) -> None:
        """A new suggestion."""
        ...

    async def get(self, suggestion_id: str, *, lock: bool = False) -> Suggestion:
        """One suggestion. Raises NotFound."""
        ...

    async def by_key(self, key: str) -> Suggestion | None:
        """The newest suggestion of an alert key."""
        ...

    async def save(self, suggestion: Suggestion) -> Suggestion:
        """Replace a suggestion of the same version. Raises Stale."""
        ...

    async def open(self) -> list[Suggestion]:
        """Suggestions nobody has decided on."""
        ...


class Ledger(Protocol):
    """The append-only record. Entries are chained when the transaction commits, under the head's lock."""

    def append(self, entry: Entry) -> None:
        """Record something as part of this transaction."""
        ...

    async def has(self, entry_id: str) -> bool:
        """Whether an entry was committed."""
        ...

    async def rows(self, *, incident_id: str | None = None, after: int = 0, limit: int = 1000) -> list[Row]:
        """Rows in order, after a sequence number."""
        ...

    async def tail(self, incident_id: str, limit: int) -> list[Row]:
        """The newest rows of an incident, newest first."""
        ...

    async def head(self) -> Head:
        """The committed end of the chain."""
        ...


class Jobs(Protocol):
    """Durable work, asked for in the transaction it follows from."""

    async def want(
        self,
        key: str,
        kind: str,
        lane: str,
        *,
        due: datetime | None = None,
        payload: Mapping[str, Any] | None = None,
        move: bool = False,
    ) -> None:
        """Raise a job's `wanted`, never losing a wake-up; `due` is wall time, now when None.

        An earlier due date wins, unless `move` says that this one replaces it.
        """
        ...

    async def cancel(self, *keys: str) -> None:
        """Take jobs back that have not been claimed."""
        ...

    async def cancel_prefix(self, prefix: str) -> None:
        """Take all unclaimed jobs back whose key begins so."""
        ...

    async def hold_fast(self, job: Job) -> None:
        """Lock the claimed job's row and check the fence. Raises LeaseLost."""
        ...


class Keepsakes(Protocol):
    """Small things to remember: seen events, pinned content, sent messages, deployment facts."""

    async def first_time(self, kind: str, event_id: str, at: datetime) -> bool:
        """Whether an event is seen for the first time; remembers it."""
        ...

    async def pin(self, pinned: Pinned) -> None:
        """Keep content under its digest."""
        ...

    async def pinned(self, content_digest: str) -> Pinned:
        """Content kept earlier. Raises NotFound."""
        ...

    async def sent(self, key: str) -> Sent | None:
        """What a job has posted."""
        ...

    async def remember_sent(self, sent: Sent) -> None:
        """Remember what a job has posted."""
        ...

    async def fact(self, name: str) -> str | None:
        """A deployment fact, such as `team_id` or `epoch`."""
        ...

    async def set_fact(self, name: str, value: str) -> None:
        """Set a deployment fact."""
        ...


class Tx(Protocol):
    """One transaction over everything; ledger rows, state and jobs stand or fall together."""

    incidents: Incidents
    steps: Steps
    holds: Holds
    controls: Controls
    proposals: Proposals
    publications: Publications
    samples: Samples
    suggestions: Suggestions
    ledger: Ledger
    jobs: Jobs
    keepsakes: Keepsakes


class Store(Protocol):
    """The database."""

    def write(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that commits at the end of the block. Raises StoreAway."""
        ...

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A consistent view that changes nothing. Raises StoreAway."""
        ...


@dataclass(frozen=True, slots=True)
class Observation:
    """What a service says a setting is now."""

    value: Value
    etag: str | None = None


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


class ContentSource(Protocol):
    """The content now in force."""

    @property
    def now(self) -> Content:
        """Everything, compiled."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person, how they were known, and the request it came by."""

    person: Person
    via: str = "slack"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What every use case is given."""

    store: Store
    clock: Clock
    ids: Ids
    content: ContentSource
    texts: Texts
    environment: Environment
    actuation_watch_seconds: int = field(default=60)
