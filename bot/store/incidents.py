"""Incidents and the numbers they bear."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, select
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.incident import Incident
from bot.store.documents import Documents
from bot.store.link import Link
from bot.store.statements import Spelling, Statement, given
from bot.store.tables import CounterRow, IncidentRow


def _count(say: Spelling) -> Any:
    first = say.insert(CounterRow).values(series=given(col(CounterRow.series)), value=1)
    next_one = first.on_conflict_do_update(
        index_elements=["series"], set_={"value": col(CounterRow.value) + 1}
    )
    return next_one.returning(col(CounterRow.value))


_NEWEST_FIRST = col(IncidentRow.n).desc()
_BODY = select(col(IncidentRow.body))
_COUNT = Statement(_count)
_OPEN = Statement(_BODY.where(col(IncidentRow.ended_at).is_(None)).order_by(_NEWEST_FIRST))
_RECENT = Statement(_BODY.order_by(_NEWEST_FIRST).limit(given(col(IncidentRow.number), "limit")))
_IN_CHANNEL = Statement(
    _BODY.where(col(IncidentRow.channel) == given(col(IncidentRow.channel)))
    .order_by(case((col(IncidentRow.ended_at).is_(None), 0), else_=1), _NEWEST_FIRST)
    .limit(1)
)


class SqlIncidents:
    """Incidents by their key."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._kept = Documents(
            link,
            IncidentRow,
            Incident.model_validate,
            called="incident",
            beside=lambda i: {
                "environment": i.environment.value,
                "number": i.number,
                "channel": i.slack.channel if i.slack else None,
                "declared_at": i.declared_at,
                "ended_at": i.ended_at,
            },
        )
        self.get = self._kept.get
        self.add = self._kept.add
        self.save = self._kept.save

    async def next_number(self, environment: Environment) -> int:
        """The next number of incidents, or of drills, which count apart; given to this transaction alone."""
        series = "drill" if environment is Environment.DRILL else "incident"
        number: int = (await self._link.execute(_COUNT, {"series": series})).value()
        return number

    async def open(self) -> list[Incident]:
        """Incidents that have not ended, newest first."""
        return await self._kept.find(_OPEN)

    async def recent(self, limit: int) -> list[Incident]:
        """Incidents, ended ones too, newest first."""
        return await self._kept.find(_RECENT, limit=limit)

    async def in_channel(self, channel: str) -> Incident | None:
        """The newest incident that lives in that Slack channel; one that still runs before any that ended."""
        found = await self._kept.find(_IN_CHANNEL, channel=channel)
        return found[0] if found else None
