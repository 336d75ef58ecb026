"""Proposals, and the release plans they become."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from bot.domain.approval import Proposal, ReleasePlan
from bot.store.documents import Documents
from bot.store.link import Link
from bot.store.statements import Statement, given
from bot.store.tables import PlanRow, ProposalRow

_OF = Statement(
    select(col(ProposalRow.body))
    .where(col(ProposalRow.incident_id) == given(col(ProposalRow.incident_id)))
    .order_by(col(ProposalRow.n))
)
_PLANS_OF = Statement(
    select(col(PlanRow.body))
    .where(col(PlanRow.incident_id) == given(col(PlanRow.incident_id)))
    .order_by(col(PlanRow.n))
)


class SqlProposals:
    """Proposals and plans, by incident."""

    def __init__(self, link: Link) -> None:
        self._kept = Documents(
            link,
            ProposalRow,
            Proposal.model_validate,
            called="proposal",
            beside=lambda p: {"incident_id": p.incident_id, "status": p.status.value},
        )
        self._plans = Documents(
            link,
            PlanRow,
            ReleasePlan.model_validate,
            called="release plan",
            beside=lambda p: {"incident_id": p.incident_id, "status": p.status.value},
        )
        self.add = self._kept.add
        self.get = self._kept.get
        self.save = self._kept.save
        self.add_plan = self._plans.add
        self.save_plan = self._plans.save

    async def of(self, incident_id: str) -> list[Proposal]:
        """An incident's proposals, oldest first."""
        return await self._kept.find(_OF, incident_id=incident_id)

    async def plan(self, plan_id: str, *, lock: bool = False) -> ReleasePlan:
        """One plan. Raises NotFound."""
        return await self._plans.get(plan_id, lock=lock)

    async def plans(self, incident_id: str) -> list[ReleasePlan]:
        """An incident's plans, oldest first."""
        return await self._plans.find(_PLANS_OF, incident_id=incident_id)
