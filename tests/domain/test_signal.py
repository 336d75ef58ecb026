"""Signals: a value is worth what its age allows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.signal import SKEW, Sample, SignalSpec, read_signal
from tests.domain.builders import NOW, nothing_from, reading, sample, signal


@given(st.integers(-10_000, 10_000), st.integers(1, 5_000))
def test_a_reading_is_fresh_exactly_within_its_limit_and_the_clocks_disagreement(
    seconds_ago: int, stale_after: int
) -> None:
    ahead = min(SKEW.total_seconds(), stale_after)
    heard = reading("hot", 1, seconds_ago, stale_after)
    assert heard.fresh == (-ahead <= seconds_ago <= stale_after)


def test_a_sample_stamped_far_ahead_is_unknown_even_where_old_ones_are_still_good() -> None:
    assert not reading("hot", 1, seconds_ago=-1800, stale_after=3600).fresh


def test_nothing_received_is_unknown() -> None:
    heard = nothing_from("hot")
    assert (heard.value, heard.fresh) == (None, False)
    assert heard.said == "unknown (nothing received)"


def test_a_fresh_value_is_said_with_its_unit_and_age() -> None:
    spec = SignalSpec.model_validate(
        {"id": "hot", "title": "Hot wallet", "unit": "USDT", "stale_after": "1m", "places": 0}
    )
    assert read_signal(spec, sample("hot", "1234567.89", 42), NOW).said == "1,234,568 USDT (42 s old)"


def test_a_stale_value_is_said_to_be_unknown_with_the_last_one_behind_it() -> None:
    assert reading("hot", "7.5", 90).said == "unknown (last 7.50, 90 s old)"


def test_a_clock_slightly_ahead_gives_no_negative_age() -> None:
    assert reading("hot", 7, seconds_ago=-5).said == "7.00 (0 s old)"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "", "many", None, True])
def test_what_is_no_finite_number_is_no_sample(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"signal": "hot", "value": value, "at": NOW, "received_at": NOW})


def test_amounts_are_kept_exactly_as_they_came() -> None:
    amount = "123456789012345678901234567890.000000000000000001"
    heard = read_signal(signal("hot"), sample("hot", amount, 0), NOW)
    assert heard.value == Decimal(amount)


def test_a_sample_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 3, 3, 0)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValidationError):
        Sample(signal="hot", value=Decimal(1), at=naive, received_at=NOW)
