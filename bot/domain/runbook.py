"""Runbooks and their steps, and how far an incident has come in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import ConfigDict, model_validator

from bot.domain.base import Duration, Frozen, IncidentClass, Phase, Role, bare_name
from bot.domain.mode import ModeId
from bot.domain.transfer import Transfer

CLOSING_IN = (Phase.CLASSIFY, Phase.STABILIZE, Phase.PROTECTED)


class StepKind(StrEnum):
    """What a step asks of a person."""

    CONFIRM = "confirm"
    CONTROL = "control"
    MODE = "mode"
    GATE = "gate"
    DECIDE = "decide"
    PUBLISH = "publish"
    TRANSFER = "transfer"
    PAGE = "page"
    TASK = "task"


class ControlTarget(Frozen):
    """The control (id or pattern) a step tightens, and the level it takes."""

    id: str
    level: str


class Option(Frozen):
    """One way a decision can go, in words that say what follows from it."""

    id: str
    text: str


class Step(Frozen):
    """One item of a runbook. `at` is the minute in its phase, `budget` the time it may take from then.

    `asks` says what must be typed when the step is done; empty means that one tap is enough. `options` are
    what a decision chooses among, `page` the roles a page goes to, `contacts` ids of people.yaml to call.
    """

    id: str
    phase: Phase
    at: int = 0
    role: Role
    kind: StepKind
    title: str
    why: str
    budget: Duration
    rollback: str = ""
    control: ControlTarget | None = None
    mode: ModeId | None = None
    gate: str | None = None
    publish: str | None = None
    decide: str | None = None
    asks: str = ""
    options: tuple[Option, ...] = ()
    page: tuple[Role, ...] = ()
    contacts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Step:
        needs = {
            StepKind.CONTROL: "control",
            StepKind.MODE: "mode",
            StepKind.GATE: "gate",
            StepKind.PUBLISH: "publish",
        }
        for kind, field in needs.items():
            if (self.kind is kind) != (getattr(self, field) is not None):
                raise ValueError(f"`{field}` belongs to steps of kind `{kind}` and to them alone")
        if self.options and (self.kind is not StepKind.DECIDE or self.decide):
            raise ValueError("`options` belong to steps of kind `decide` that have no `decide`")
        if self.page and self.kind is not StepKind.PAGE:
            raise ValueError("`page` belongs to steps of kind `page` and to them alone")
        if self.phase.ended:
            raise ValueError(f"no step lives in phase {self.phase}")
        return self

    @property
    def holders_alone(self) -> bool:
        """Whether its role alone may carry it out: the commander may pass it over, but not decide for it."""
        return bool(self.options)


class Runbook(Frozen):
    """A prewritten runbook; `class_` None means that it runs in every incident.

    One with a `situation`, which says when it fits, is a special case of its class and runs where added.
    """

    id: str
    title: str
    class_: IncidentClass | None = None
    situation: str = ""
    summary: str = ""
    decides: Role = Role.INCIDENT_COMMANDER
    steps: tuple[Step, ...]

    model_config = ConfigDict(alias_generator=bare_name, populate_by_name=True)

    @model_validator(mode="after")
    def _unique(self) -> Runbook:
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            twice = next(i for i in ids if ids.count(i) > 1)
            raise ValueError(f"two steps bear the id {twice}")
        if self.situation and self.class_ is None:
            raise ValueError("a runbook with a `situation` names the `class` it is a special case of")
        return self

    def runs_in(self, class_: IncidentClass | None, added: Collection[str]) -> bool:
        """Whether it runs in an incident of this class to which these runbooks were added."""
        if self.situation:
            return self.id in added
        return self.class_ is None or self.class_ is class_


class StepStatus(StrEnum):
    """How a step stands in one incident."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    SUPERSEDED = "superseded"

    @property
    def finished(self) -> bool:
        """Whether nobody needs to look at it any more."""
        return self in (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.SUPERSEDED)


class StepState(Frozen):
    """One step of one incident's present walk through a phase; `round` counts entries into that phase.

    `choice` is the option a decision went for, `transfers` what a transfer step has moved or tries to.
    """

    incident_id: str
    step_id: str
    runbook_id: str
    phase: Phase
    round: int = 1
    status: StepStatus = StepStatus.OPEN
    due_at: datetime
    by: str | None = None
    at: datetime | None = None
    said: str = ""
    choice: str = ""
    transfers: tuple[Transfer, ...] = ()
    version: int = 1

    @property
    def transfer(self) -> Transfer | None:
        """The transfer under way, if there is one."""
        return next((t for t in self.transfers if t.under_way), None)


def steps_for(
    runbooks: Iterable[Runbook], phase: Phase, class_: IncidentClass | None, added: Collection[str] = ()
) -> list[tuple[Runbook, Step]]:
    """The steps of a phase: of every incident, of its class and of the runbooks added to it, by minute."""
    mine = [r for r in runbooks if r.runs_in(class_, added)]
    found = [(r, s) for r in mine for s in r.steps if s.phase is phase]
    return sorted(found, key=lambda pair: (pair[1].at, pair[0].class_ is not None))


def missed_steps(
    runbooks: Iterable[Runbook],
    phase: Phase,
    class_: IncidentClass | None,
    added: Collection[str],
    walked: Collection[tuple[str, str]],
) -> list[tuple[Runbook, Step]]:
    """Steps of the class and of added runbooks whose phase was over before anyone knew that they were needed.

    `walked` are those ever asked for, by runbook and step id. Protection does not wait for the class, so
    the class's first steps must not be lost to it.
    """
    before = CLOSING_IN[: CLOSING_IN.index(phase)] if phase in CLOSING_IN else ()
    books = [r for r in runbooks if r.class_ is not None]
    found = [pair for earlier in before for pair in steps_for(books, earlier, class_, added)]
    return [(book, step) for book, step in found if (book.id, step.id) not in walked]


def due_at(step: Step, phase_since: datetime) -> datetime:
    """When a step's time budget runs out."""
    return phase_since + timedelta(minutes=step.at) + step.budget


def current_steps(states: Iterable[StepState], now: datetime, limit: int = 3) -> list[StepState]:
    """The steps to show: unfinished, overdue first, then by when they are due."""
    waiting = [s for s in states if not s.status.finished]
    return sorted(waiting, key=lambda s: (s.due_at > now, s.due_at, s.step_id))[:limit]


def find_step(runbooks: Mapping[str, Runbook], state: StepState) -> Step | None:
    """The written step behind a state; None when the pinned content no longer has it."""
    book = runbooks.get(state.runbook_id)
    return next((s for s in book.steps if s.id == state.step_id), None) if book else None
