"""What is known of each control, one row for each environment, control and target."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.control import TARGET, ControlState
from bot.domain.errors import NotFound
from bot.store.link import Link
from bot.store.statements import Spelling, Statement, given, given_all
from bot.store.tables import ControlRow

_COLUMNS = ("environment", "control_id", "target", "body")
_HERE = col(ControlRow.environment) == given(col(ControlRow.environment))
_OURS = (_HERE, col(ControlRow.target) == TARGET)


def _make(say: Spelling) -> Any:
    new = say.insert(ControlRow).values(given_all(ControlRow, _COLUMNS))
    return new.on_conflict_do_nothing().inline()


_MAKE = Statement(_make)
_ALL = Statement(select(col(ControlRow.body)).where(*_OURS).order_by(col(ControlRow.control_id)))
_SAVE = Statement(
    update(ControlRow)
    .where(
        _HERE,
        col(ControlRow.control_id) == given(col(ControlRow.control_id)),
        col(ControlRow.target) == given(col(ControlRow.target)),
    )
    .values(given_all(ControlRow, ("body",)))
)


@cache
def _locked(count: int) -> Statement:
    """So many controls, locked in order of id."""
    ids = [given(col(ControlRow.control_id), f"id_{n}") for n in range(count)]
    query = select(col(ControlRow.body)).where(*_OURS, col(ControlRow.control_id).in_(ids))
    return Statement(query.order_by(col(ControlRow.control_id)).with_for_update(key_share=True))


class SqlControls:
    """States of controls."""

    def __init__(self, link: Link) -> None:
        self._link = link

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
        found = await self._link.execute(_ALL, {"environment": environment.value})
        states = [ControlState.model_validate(body) for body in found.values()]
        return {s.control_id: s for s in states}

    async def save(self, state: ControlState) -> None:
        """Replace a locked state. Raises NotFound for one that was never locked."""
        if (await self._link.execute(_SAVE, _row(state))).count == 0:
            raise NotFound(f"Nothing is known of control {state.control_id}.")

    async def _locked(self, environment: Environment, control_ids: list[str]) -> dict[str, ControlState]:
        ids = {f"id_{n}": control_id for n, control_id in enumerate(control_ids)}
        found = await self._link.execute(_locked(len(ids)), {"environment": environment.value, **ids})
        return {s.control_id: s for s in (ControlState.model_validate(body) for body in found.values())}

    async def _make(self, environment: Environment, control_ids: list[str]) -> None:
        new = [ControlState(environment=environment, control_id=i) for i in control_ids]
        await self._link.later_many(_MAKE, [_row(state) for state in new])


def _row(state: ControlState) -> dict[str, Any]:
    return {
        "environment": state.environment.value,
        "control_id": state.control_id,
        "target": state.target,
        "body": state.model_dump(mode="json"),
    }
