"""What is kept of incidents and of what is told, each kind behind its own small port."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from bot.domain.approval import Proposal, ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.classification import Answer
from bot.domain.control import ControlState, Hold
from bot.domain.incident import Incident
from bot.domain.publication import Publication
from bot.domain.runbook import StepState
from bot.domain.signal import Sample
from bot.domain.trigger import Suggestion
from bot.usecases.ports.rows import Actuation


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
        """The newest incident that lives in that Slack channel; one that runs before any that ended."""
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
