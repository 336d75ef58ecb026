"""How far incidents have come: steps of each walk through a phase, and answers to the decision tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.classification import Answer
from bot.domain.errors import Stale
from bot.domain.runbook import StepState
from bot.store.tables import AnswerRow, StepRow
from bot.store.upsert import upsert

_KEY = ("incident_id", "phase", "round", "runbook_id", "step_id")


class SqlSteps:
    """Steps and answers, by incident."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, incident_id: str) -> list[StepState]:
        """Every step of every phase walked so far, each walk by when its steps are due."""
        query = select(col(StepRow.body)).where(col(StepRow.incident_id) == incident_id)
        query = query.order_by(col(StepRow.round), col(StepRow.due_at), col(StepRow.step_id))
        return [StepState.model_validate(b) for b in (await self._connection.execute(query)).scalars()]

    async def add(self, states: Iterable[StepState]) -> None:
        """New steps. Raises Stale when one of them exists."""
        rows = [{**_key(s), **_columns(s)} for s in states]
        if rows:
            await self._connection.execute(insert(StepRow), rows)

    async def save(self, state: StepState) -> StepState:
        """Replace a step of the same version and round. Raises Stale."""
        saved = state.model_copy(update={"version": state.version + 1})
        mine = [col(getattr(StepRow, name)) == value for name, value in _key(state).items()]
        change = update(StepRow).where(*mine, col(StepRow.version) == state.version)
        done = await self._connection.execute(change.values(**_columns(saved)))
        if done.rowcount == 0:
            raise Stale("This step has changed since you looked. Look again.")
        return saved

    async def answers(self, incident_id: str) -> dict[str, Answer]:
        """Answers given to the decision tree, by question id."""
        query = select(col(AnswerRow.question), col(AnswerRow.answer))
        found = await self._connection.execute(query.where(col(AnswerRow.incident_id) == incident_id))
        return {question: Answer(answer) for question, answer in found}

    async def answer(self, incident_id: str, question: str, answer: Answer) -> None:
        """Record an answer, replacing an earlier one."""
        row = {"incident_id": incident_id, "question": question, "answer": answer.value}
        statement = upsert(self._connection, AnswerRow).values(row)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["incident_id", "question"], set_={"answer": statement.excluded.answer}
            )
        )


def _key(state: StepState) -> dict[str, Any]:
    return state.model_dump(mode="json", include=set(_KEY))


def _columns(state: StepState) -> dict[str, Any]:
    return {"version": state.version, "due_at": state.due_at, "body": state.model_dump(mode="json")}
