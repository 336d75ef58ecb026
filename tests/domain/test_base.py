"""Durations, moments and the names everything else is built on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.base import Duration, Frozen, Moment, Outcome, Phase, format_duration, parse_duration


class Wait(Frozen):
    wait: Duration


class Stamp(Frozen):
    at: Moment


@given(st.integers(0, 400 * 86_400_000))
def test_a_duration_survives_being_written_and_read(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration
    wait = Wait(wait=duration)
    assert Wait.model_validate_json(wait.model_dump_json()) == wait


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172_800),
        ("500ms", 0.5),
        (" 5 m ", 300),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "5", 5, "soon", "-5m", "5min", "1.5h", "5m, 3s", "m5", None, True, "9" * 5000 + "d", "9999999999d"],
)
def test_what_is_no_duration_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match=r"15m|integer string"):
        parse_duration(text)
    with pytest.raises(ValidationError):
        Wait.model_validate({"wait": text})


def test_zero_is_said() -> None:
    assert format_duration(timedelta()) == "0s"


def test_a_moment_without_a_zone_is_refused_and_any_other_is_kept_in_utc() -> None:
    with pytest.raises(ValidationError):
        Stamp(at=datetime(2026, 11, 3, 3, 0))  # noqa: DTZ001 - the point of the test
    east = Stamp(at=datetime(2026, 11, 3, 5, 0, tzinfo=timezone(timedelta(hours=2))))
    assert east.at.isoformat() == "2026-11-03T03:00:00+00:00"
    assert east == Stamp(at=datetime(2026, 11, 3, 3, 0, tzinfo=UTC))


def test_values_neither_change_nor_take_unknown_fields() -> None:
    wait = Wait(wait=timedelta(seconds=1))
    with pytest.raises(ValidationError):
        wait.wait = timedelta()  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Wait.model_validate({"wait": "1s", "weight": 1})


def test_only_what_can_never_be_revised_is_final() -> None:
    assert {o for o in Outcome if o.final} == {
        Outcome.CONFIRMED,
        Outcome.ALREADY_SET,
        Outcome.REJECTED,
        Outcome.SUPERSEDED,
    }


def test_only_closed_and_stood_down_are_ends() -> None:
    assert {p for p in Phase if p.ended} == {Phase.CLOSED, Phase.STOOD_DOWN}
