"""Proposals, approvals (a second person's yes to exactly what was shown) and release plans."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.base import Environment, Frozen, Moment, Role
from bot.domain.control import Value
from bot.domain.ledger import digest
from bot.domain.proof import Proof


class ProposalKind(StrEnum):
    """What is proposed."""

    RELEASE = "release"
    LOWER = "lower"
    WITHDRAW = "withdraw"
    MODE_OFF = "mode_off"
    IRREVERSIBLE = "irreversible"


class ProposalStatus(StrEnum):
    """How a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    STALE = "stale"


class Restore(StrEnum):
    """What the last release of a control puts back where it was found off normal."""

    FOUND = "found"
    NORMAL = "normal"


class Move(Frozen):
    """One control's part of a proposal: level ids from and to.

    `baseline_off`: it goes back to a baseline that is not normal, namely `baseline`; approvers choose.
    """

    control_id: str
    target: str
    from_level: str
    to_level: str
    suspended: bool = False
    baseline_off: bool = False
    baseline: Value | None = None


class Shown(Frozen):
    """Exactly what an approver is shown and says yes to; its digest is the approval's.

    Gates are named with their truth, not with the samples behind it; holds with their versions. `step_back`
    are the gates whose failing takes a step back by itself, `targets` the levels that own holds are lowered
    to where they are not released.
    """

    proposal_id: str
    moves: tuple[Move, ...]
    hold_versions: dict[str, int]
    gates: dict[str, str]
    content_digest: str
    pairs: tuple[tuple[Role, Role], ...]
    expires_at: Moment
    step_back: tuple[str, ...] = ()
    targets: dict[str, str] = {}

    @property
    def choices(self) -> tuple[Move, ...]:
        """The moves of which an approver must say what is restored."""
        return tuple(m for m in self.moves if m.baseline_off)

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical form."""
        return digest(self.model_dump(mode="json"))


class Proposal(Frozen):
    """A decision that waits for a second person. `proposer` and `decided_by` are person ids.

    `yes_by` has said yes and has still to prove it; `proof` is what came with the yes that decided.
    """

    id: str
    incident_id: str
    environment: Environment
    kind: ProposalKind
    shown: Shown
    hash: str
    proposer: str
    proposer_role: Role
    justification: str
    proposed_at: datetime
    status: ProposalStatus = ProposalStatus.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    yes_by: str | None = None
    yes_at: datetime | None = None
    proof: Proof | None = None
    version: int = 1

    @property
    def what(self) -> str:
        """What is proposed, as it is said after `proposes to`."""
        if self.kind is ProposalKind.MODE_OFF:
            return f"reopen along the ladder ({len(self.shown.moves)} controls)"
        control = self.shown.moves[0].control_id
        if self.kind is ProposalKind.WITHDRAW:
            return f"withdraw the hold on {control}"
        to = self.shown.targets.get(control)
        return f"lower {control} to {to}" if to else f"release {control}"


class PlanStatus(StrEnum):
    """How a release plan stands."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    ENDED = "ended"


class PlanStage(Frozen):
    """One stage of a release plan: what each hold (by control id) is lowered to, `normal` to release it."""

    id: str
    title: str
    levels: dict[str, str]
    gate: str = ""
    wait_seconds: int = 0


class ReleasePlan(Frozen):
    """An approved way of loosening, stage by stage.

    `stage` is the index of the stage at hand, `begun` whether its holds were lowered already; `due_at` when
    the next look is due, `paused_because` the sentence that asks a person, since `paused_at`.

    `undo` keeps, by the index of a stage, the levels that it lowered controls from. A step back takes the
    last stage back: `back` is its decision, `back_at` when its levels were confirmed, `tries` how many there
    were; `asks` says that after it only a person's word goes on. `restore` is what approvers chose for
    controls whose baseline is off normal.
    """

    id: str
    proposal_id: str
    incident_id: str
    environment: Environment
    decision_id: str
    content_digest: str
    stages: tuple[PlanStage, ...]
    stage: int = 0
    begun: bool = False
    confirmed_at: datetime | None = None
    due_at: datetime | None = None
    status: PlanStatus = PlanStatus.RUNNING
    paused_because: str = ""
    paused_at: datetime | None = None
    step_back: tuple[str, ...] = ()
    restore: dict[str, Restore] = {}
    undo: dict[int, dict[str, str]] = {}
    tries: int = 0
    back: str | None = None
    back_at: datetime | None = None
    asks: bool = False
    version: int = 1

    @property
    def stage_decision(self) -> str:
        """The ledger entry of the stage at hand; named so that beginning it twice shows."""
        named = f"{self.decision_id}.{self.stage}"
        return f"{named}.{self.tries}" if self.tries else named

    @property
    def standing(self) -> int | None:
        """The index of the last stage that lowered anything and has not been taken back; None for none."""
        last = self.stage if self.begun else self.stage - 1
        return max((i for i, levels in self.undo.items() if i <= last and levels), default=None)

    @property
    def at_hand(self) -> PlanStage | None:
        """The stage being carried out, or None at the end."""
        return self.stages[self.stage] if self.stage < len(self.stages) else None


def changed(was: Shown, now: Shown) -> list[str]:
    """What is no longer as it was shown, in words; empty when an approval still fits."""
    pairs: list[tuple[str, Any, Any]] = [
        ("the proposal", was.proposal_id, now.proposal_id),
        ("the controls or levels", was.moves, now.moves),
        ("a hold", was.hold_versions, now.hold_versions),
        ("a gate", was.gates, now.gates),
        ("the runbooks", was.content_digest, now.content_digest),
        ("who must approve", was.pairs, now.pairs),
        ("until when it may be approved", was.expires_at, now.expires_at),
        ("what takes a step back", was.step_back, now.step_back),
        ("what it is lowered to", was.targets, now.targets),
    ]
    return [name for name, a, b in pairs if a != b]
