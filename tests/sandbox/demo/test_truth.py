"""Public texts are held against what the marketplace itself did."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.demo.truth import Told, Values, read_levels, untruths

SHIPPED = Path(__file__).parents[3] / "runbooks" / "platform" / "controls.yaml"
SWAPS, RAIL = "/v1/swaps", "/v1/assets/USDT/networks/TRON/withdrawals"
NORMAL = {
    "status": "enabled",
    "max_per_transaction": "250000",
    "hourly_limit": "2000000",
    "in_flight": "drain",
}
SMALL = {"status": "enabled", "max_per_transaction": "500", "hourly_limit": "100000", "in_flight": "hold"}
CONTROLS = [{"path": SWAPS, "default": {"pairs": "all"}}, {"path": RAIL, "default": NORMAL}]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOON - timedelta(hours=1), NOON - timedelta(minutes=2)
PAUSED = "Instant swaps are paused."
SMALL_ONES = "Withdrawals up to 500 USDT on Tron continue and larger ones wait."


def row(path: str, value: dict[str, str], at: datetime, *, applied: bool = True) -> dict[str, Any]:
    return {"path": path, "value_after": value, "at": at.isoformat(), "applied": applied}


@pytest.fixture(scope="module")
def levels() -> list[Told]:
    paths = {SWAPS, RAIL}
    return [told for told in read_levels(SHIPPED) if told.path in paths]


def found(levels: list[Told], text: str, *rows: dict[str, Any]) -> list[str]:
    return list(untruths(text, NOON, levels, Values(CONTROLS, rows)))


def test_what_stood_may_be_said_across_line_breaks_and_grouped_digits(levels: list[Told]) -> None:
    text = (
        "- instant swaps\n  are paused.\n- Withdrawals up to 500 USDT on Tron continue and larger ones wait."
    )
    rows = (row(SWAPS, {"pairs": "none"}, LONG_AGO), row(RAIL, SMALL, LONG_AGO))
    assert found(levels, text, *rows) == []


def test_what_did_not_stand_may_not_be_said(levels: list[Told]) -> None:
    assert found(levels, PAUSED) == ["says “Instant swaps are paused”, which did not stand"]


def test_a_set_that_was_not_applied_does_not_stand(levels: list[Told]) -> None:
    assert found(levels, PAUSED, row(SWAPS, {"pairs": "none"}, LONG_AGO, applied=False))


def test_what_stood_for_long_may_not_be_left_out(levels: list[Told]) -> None:
    left_out = found(levels, "All is well.", row(SWAPS, {"pairs": "none"}, LONG_AGO))
    assert left_out == ["leaves out “Instant swaps are paused”, which stood"]


@pytest.mark.parametrize("text", [PAUSED, "All is well."])
def test_a_change_of_the_last_minutes_may_be_told_or_not_yet(levels: list[Told], text: str) -> None:
    assert found(levels, text, row(SWAPS, {"pairs": "none"}, JUST_NOW)) == []


def test_a_promise_of_more_than_the_rails_allow_is_found(levels: list[Told]) -> None:
    text = f"What works: withdrawals up to 25,000 USDT in value. {SMALL_ONES}"
    kept = f"What works: withdrawals up to 500 USDT in value. {SMALL_ONES}"
    assert found(levels, kept, row(RAIL, SMALL, LONG_AGO)) == []
    assert "promises withdrawals up to 25000 USDT" in found(levels, text, row(RAIL, SMALL, LONG_AGO))[0]


def test_every_level_with_words_for_customers_is_known() -> None:
    told = [level for level in read_levels(SHIPPED) if level.sentence]
    assert len({level.path for level in told}) >= 17
    assert not any("{" in level.sentence for level in told)
