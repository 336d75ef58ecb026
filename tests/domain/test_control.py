"""Controls and holds: what is desired follows from the holds alone, and what customers are told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.adapter import NullAdapter
from bot.domain.control import Control, Hold, Level, desired_hold, desired_level, matching, same_value
from tests.domain.builders import LEVELS, NOW, hold, withdrawals


def holds_of(levels: list[str]) -> list[Hold]:
    return [hold(f"h{i}", level, incident=f"INC-{i}") for i, level in enumerate(levels)]


def strictest(levels: list[str]) -> str | None:
    return max(levels, key=LEVELS.index, default=None)


def desired(holds: list[Hold]) -> str | None:
    level = desired_level(withdrawals(), holds)
    return level.id if level else None


some_levels = st.lists(st.sampled_from(LEVELS), max_size=6)


@given(some_levels, st.randoms(use_true_random=False))
def test_desired_is_the_most_restrictive_hold_whatever_the_order(levels: list[str], dice: Any) -> None:
    holds = holds_of(levels)
    dice.shuffle(holds)
    assert desired(holds) == strictest(levels)


@given(some_levels.filter(bool), st.data())
def test_releasing_one_hold_leaves_the_others_in_force(levels: list[str], data: st.DataObject) -> None:
    holds = holds_of(levels)
    gone = data.draw(st.integers(0, len(holds) - 1))
    holds[gone] = holds[gone].model_copy(update={"released_at": NOW})
    assert desired(holds) == strictest(levels[:gone] + levels[gone + 1 :])


@given(some_levels.filter(bool), st.data())
def test_whatever_the_order_of_releases_nothing_opens_further_than_the_holds_left(
    levels: list[str], data: st.DataObject
) -> None:
    holds = dict(enumerate(holds_of(levels)))
    for gone in data.draw(st.permutations(list(holds))):
        holds[gone] = holds[gone].model_copy(update={"released_at": NOW})
        left = [h.level for h in holds.values() if h.in_force]
        assert desired(list(holds.values())) == strictest(left)
    assert desired(list(holds.values())) is None


@given(some_levels, st.sampled_from(LEVELS))
def test_one_more_hold_never_loosens(levels: list[str], more: str) -> None:
    before, after = desired(holds_of(levels)), desired(holds_of([*levels, more]))
    assert after is not None
    assert before is None or LEVELS.index(after) >= LEVELS.index(before)


def test_the_hold_that_decides_is_the_same_whatever_the_order_of_equals() -> None:
    holds = holds_of(["small_only", "small_only", "eased"])
    forwards, backwards = desired_hold(withdrawals(), holds), desired_hold(withdrawals(), holds[::-1])
    assert forwards == backwards


def test_holds_on_another_control_do_not_count() -> None:
    assert desired_hold(withdrawals("withdrawals.limit.BTC.bitcoin"), holds_of(["suspended"])) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("25000", "25000.00"),
        ("25000", "2.5E+4"),
        ("25000", 25000),
        ("0.5", 0.5),
        (0, "0"),
        ("-0", "0"),
        (True, True),
        ("limit_only", "limit_only"),
    ],
)
def test_values_that_mean_the_same_are_the_same(ours: Any, theirs: Any) -> None:
    assert same_value({"v": ours}, {"v": theirs})
    assert same_value({"v": theirs}, {"v": ours})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("25000", "25000.01"),
        ("9007199254740993", "9007199254740992"),
        (True, 1),
        (False, 0),
        (True, "true"),
        (False, None),
        ("0", None),
        ("0", ""),
        ("limit_only", "online"),
        ("NaN", "0"),
        ("500", ["500"]),
        ("500", {"v": "500"}),
    ],
)
def test_values_that_differ_in_kind_or_amount_are_not(ours: Any, theirs: Any) -> None:
    assert not same_value({"v": ours}, {"v": theirs})
    assert not same_value({"v": theirs}, {"v": ours})


def test_a_missing_or_additional_field_is_another_value() -> None:
    assert not same_value({"a": 1}, {})
    assert not same_value({"a": 1}, {"a": 1, "b": 2})


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=0, max_value=10**12))
def test_an_amount_is_itself_however_many_zeros_are_written_behind_it(amount: Any) -> None:
    assert same_value({"v": str(amount)}, {"v": f"{amount:f}00"})
    assert not same_value({"v": str(amount)}, {"v": f"{amount:f}1"})


def test_an_observed_value_is_named_by_its_level_or_by_none() -> None:
    control = withdrawals()
    known = control.level_of({"enabled": True, "max_per_transaction": "500.00"})
    assert known is not None
    assert known.id == "small_only"
    assert control.level_of({"enabled": True, "max_per_transaction": "501"}) is None
    assert control.level_of({"enabled": 1, "max_per_transaction": "500"}) is None
    assert control.level_of(None) is None


def test_customers_are_told_the_level_with_its_numbers() -> None:
    control = withdrawals()
    assert control.told(control.level("tightened")) == (
        "withdrawals up to 25,000 USDT continue; larger ones wait"
    )
    assert control.told(control.level("suspended")) == "withdrawals wait"


def with_customers(text: str) -> Control:
    levels = (Level(id="normal", value={"limit": "9"}), Level(id="low", value={"limit": "1"}, customers=text))
    return Control(id="c", title="C", rule="a", adapter=NullAdapter(kind="null"), levels=levels)


@pytest.mark.parametrize("text", ["up to {amount}", "up to {limit_1h}", "up to {Limit}", "up to {limit"])
def test_a_text_with_a_slot_nobody_fills_is_refused_before_customers_see_it(text: str) -> None:
    with pytest.raises(ValidationError, match="level low"):
        with_customers(text)


@pytest.mark.parametrize(
    "ids",
    [("normal",), ("low", "normal"), ("normal", "low", "low"), ()],
    ids=lambda ids: "-".join(ids) or "none",
)
def test_levels_begin_with_normal_have_another_and_no_twins(ids: tuple[str, ...]) -> None:
    levels = tuple(Level(id=i, value={"v": 1}) for i in ids)
    with pytest.raises(ValidationError):
        Control(id="c", title="C", rule="a", adapter=NullAdapter(kind="null"), levels=levels)


def test_an_unknown_level_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match=r"withdrawals\.limit\.USDT\.tron has no level shut"):
        withdrawals().level("shut")


def test_a_pattern_means_every_control_that_fits_it_case_and_all() -> None:
    controls = [
        withdrawals(i) for i in ("withdrawals.limit.USDT.tron", "withdrawals.limit.BTC.bitcoin", "swaps")
    ]
    assert [c.id for c in matching(controls, "withdrawals.limit.*")] == [c.id for c in controls[:2]]
    assert [c.id for c in matching(controls, "swaps")] == ["swaps"]
    assert matching(controls, "SWAPS") == []
