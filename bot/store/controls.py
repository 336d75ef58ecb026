"""What is known of each control, one row for each environment, control and target."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.control import TARGET, ControlState
from bot.domain.errors import NotFound
from bot.store.tables import ControlRow
from bot.store.upsert import upsert


class SqlControls:
    """States of controls."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, environment: Environment, control_ids: Iterable[str]) -> dict[str, ControlState]:
        """The states of these controls, locked in order of id; made when missing."""
        wanted = sorted(set(control_ids))
        found = await self._locked(environment, wanted)
        missing = [i for i in wanted if i not in found]
        if missing:
            await self._make(environment, missing)
            found |= await self._locked(environment, missing)
        return {i: found[i] for i in wanted}

    async def all(self, environment: Environment) -> dict[str, ControlState]:
        """Every control's state, by id."""
        query = select(col(ControlRow.body)).where(
            col(ControlRow.environment) == environment.value, col(ControlRow.target) == TARGET
        )
        found = await self._connection.execute(query.order_by(col(ControlRow.control_id)))
        states = [ControlState.model_validate(body) for body in found.scalars()]
        return {s.control_id: s for s in states}

    async def save(self, state: ControlState) -> None:
        """Replace a locked state. Raises NotFound for one that was never locked."""
        change = update(ControlRow).where(
            col(ControlRow.environment) == state.environment.value,
            col(ControlRow.control_id) == state.control_id,
            col(ControlRow.target) == state.target,
        )
        done = await self._connection.execute(change.values(body=state.model_dump(mode="json")))
        if done.rowcount == 0:
            raise NotFound(f"Nothing is known of control {state.control_id}.")

    async def _locked(self, environment: Environment, control_ids: list[str]) -> dict[str, ControlState]:
        query = select(col(ControlRow.body)).where(
            col(ControlRow.environment) == environment.value,
            col(ControlRow.control_id).in_(control_ids),
            col(ControlRow.target) == TARGET,
        )
        query = query.order_by(col(ControlRow.control_id)).with_for_update(key_share=True)
        found = (await self._connection.execute(query)).scalars()
        return {s.control_id: s for s in (ControlState.model_validate(body) for body in found)}

    async def _make(self, environment: Environment, control_ids: list[str]) -> None:
        new = [ControlState(environment=environment, control_id=i) for i in control_ids]
        rows = [
            {
                "environment": environment.value,
                "control_id": state.control_id,
                "target": state.target,
                "body": state.model_dump(mode="json"),
            }
            for state in new
        ]
        await self._connection.execute(upsert(self._connection, ControlRow).on_conflict_do_nothing(), rows)
