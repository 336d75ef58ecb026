"""How far incidents have come: steps of each walk through a phase, and answers to the decision tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import col

from bot.domain.classification import Answer
from bot.domain.errors import Stale
from bot.domain.runbook import StepState
from bot.store.link import Link
from bot.store.statements import Spelling, Statement, given, given_all
from bot.store.tables import AnswerRow, StepRow

_KEY = ("incident_id", "phase", "round", "runbook_id", "step_id")
_SET = ("version", "due_at", "body")


def _answer(say: Spelling) -> Any:
    new = say.insert(AnswerRow).values(given_all(AnswerRow, ("incident_id", "question", "answer")))
    return new.on_conflict_do_update(
        index_elements=["incident_id", "question"], set_={"answer": new.excluded.answer}
    )


_OF = Statement(
    select(col(StepRow.body))
    .where(col(StepRow.incident_id) == given(col(StepRow.incident_id)))
    .order_by(col(StepRow.round), col(StepRow.due_at), col(StepRow.step_id))
)
_ADD = Statement(insert(StepRow).values(given_all(StepRow, (*_KEY, *_SET))).inline())
_SAVE = Statement(
    update(StepRow)
    .where(
        *(col(getattr(StepRow, name)) == given(col(getattr(StepRow, name))) for name in _KEY),
        col(StepRow.version) == given(col(StepRow.version), "was"),
    )
    .values(given_all(StepRow, _SET))
)
_ANSWERS = Statement(
    select(col(AnswerRow.question), col(AnswerRow.answer)).where(
        col(AnswerRow.incident_id) == given(col(AnswerRow.incident_id))
    )
)
_ANSWER = Statement(_answer)


class SqlSteps:
    """Steps and answers, by incident."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def of(self, incident_id: str) -> list[StepState]:
        """Every step of every phase walked so far, each walk by when its steps are due."""
        found = await self._link.execute(_OF, {"incident_id": incident_id})
        return [StepState.model_validate(body) for body in found.values()]

    async def add(self, states: Iterable[StepState]) -> None:
        """New steps. Raises Stale, at the latest with the commit, when one of them exists."""
        rows = [{**_key(s), **_columns(s)} for s in states]
        if rows:
            await self._link.later_many(_ADD, rows)

    async def save(self, state: StepState) -> StepState:
        """Replace a step of the same version and round. Raises Stale."""
        saved = state.model_copy(update={"version": state.version + 1})
        row = {**_key(state), **_columns(saved), "was": state.version}
        if (await self._link.execute(_SAVE, row)).count == 0:
            raise Stale("This step has changed since you looked. Look again.")
        return saved

    async def answers(self, incident_id: str) -> dict[str, Answer]:
        """Answers given to the decision tree, by question id."""
        found = await self._link.execute(_ANSWERS, {"incident_id": incident_id})
        return {question: Answer(answer) for question, answer in found}

    async def answer(self, incident_id: str, question: str, answer: Answer) -> None:
        """Record an answer, replacing an earlier one."""
        row = {"incident_id": incident_id, "question": question, "answer": answer.value}
        await self._link.execute(_ANSWER, row)


def _key(state: StepState) -> dict[str, Any]:
    return state.model_dump(mode="json", include=set(_KEY))


def _columns(state: StepState) -> dict[str, Any]:
    return {"version": state.version, "due_at": state.due_at, "body": state.model_dump(mode="json")}
