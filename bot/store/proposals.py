"""Proposals, and the release plans they become."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.approval import Proposal, ReleasePlan
from bot.store.documents import Documents
from bot.store.tables import PlanRow, ProposalRow


class SqlProposals:
    """Proposals and plans, by incident."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._kept = Documents(
            connection,
            ProposalRow,
            Proposal.model_validate,
            called="proposal",
            beside=lambda p: {"incident_id": p.incident_id, "status": p.status.value},
        )
        self._plans = Documents(
            connection,
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
        return await self._kept.find(col(ProposalRow.incident_id) == incident_id, order=col(ProposalRow.n))

    async def plan(self, plan_id: str, *, lock: bool = False) -> ReleasePlan:
        """One plan. Raises NotFound."""
        return await self._plans.get(plan_id, lock=lock)

    async def plans(self, incident_id: str) -> list[ReleasePlan]:
        """An incident's plans, oldest first."""
        return await self._plans.find(col(PlanRow.incident_id) == incident_id, order=col(PlanRow.n))
