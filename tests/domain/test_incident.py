"""An incident: its elapsed time, its end, and a code name that gives nothing away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.base import Environment, Phase
from bot.domain.incident import CODE_NAMES, Incident, code_name
from bot.domain.lifecycle import Standing
from tests.domain.builders import NOW, ago


def incident(phase: Phase = Phase.CLASSIFY, ended_minutes_ago: int | None = None) -> Incident:
    return Incident(
        id="INC-1",
        number=1,
        environment=Environment.LIVE,
        summary="Northbank has paused withdrawals",
        code_name="amber anchor",
        standing=Standing(phase=phase),
        phase_since=ago(3600),
        declared_by="alice",
        declared_at=ago(3600),
        ended_at=None if ended_minutes_ago is None else ago(60 * ended_minutes_ago),
        content_digest="c0ffee",
    )


def test_elapsed_runs_while_the_incident_does_and_stands_still_after() -> None:
    assert incident().elapsed(NOW) == timedelta(hours=1)
    assert incident(Phase.CLOSED, ended_minutes_ago=20).elapsed(NOW) == timedelta(minutes=40)


@pytest.mark.parametrize("phase", list(Phase))
def test_an_incident_has_ended_exactly_in_an_end_state(phase: Phase) -> None:
    assert incident(phase).phase is phase
    assert incident(phase).ended == (phase in (Phase.CLOSED, Phase.STOOD_DOWN))


def test_an_incident_survives_storage() -> None:
    kept = incident(Phase.REVIEW)
    assert Incident.model_validate_json(kept.model_dump_json()) == kept


def test_code_names_do_not_repeat_and_fit_a_channel_name() -> None:
    names = [code_name(number) for number in range(1, 3 * len(CODE_NAMES) + 1)]
    assert len(set(names)) == len(names)
    assert names[0] == CODE_NAMES[0]
    assert all(len(name) <= 40 and name.replace(" ", "").isalnum() for name in names)
