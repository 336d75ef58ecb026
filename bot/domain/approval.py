"""Proposals, approvals (a second person's yes to exactly what was shown) and release plans."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.base import Environment, Frozen, Moment, Role
from bot.domain.ledger import digest
from bot.domain.proof import Proof


class ProposalKind(StrEnum):
    """What is proposed."""

    RELEASE = "release"
    MODE_OFF = "mode_off"
    IRREVERSIBLE = "irreversible"


class ProposalStatus(StrEnum):
    """How a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    STALE = "stale"


class Move(Frozen):
    """One control's part of a proposal: level ids from and to; `baseline_off`: its baseline is not normal."""

    control_id: str
    target: str
    from_level: str
    to_level: str
    suspended: bool = False
    baseline_off: bool = False


class Shown(Frozen):
    """Exactly what an approver is shown and says yes to; its digest is the approval's.

    Gates are named with their truth, not with the samples behind it; holds with their versions.
    """

    proposal_id: str
    moves: tuple[Move, ...]
    hold_versions: dict[str, int]
    gates: dict[str, str]
    content_digest: str
    pairs: tuple[tuple[Role, Role], ...]
    expires_at: Moment

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
    the next look is due, `paused_because` the sentence that asks a person.
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
    version: int = 1

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
    ]
    return [name for name, a, b in pairs if a != b]
