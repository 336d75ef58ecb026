"""Service modes: the strictest rules, and promises stand only on what is observed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.mode import Guarantee, ModeId, ServiceMode, mode_levels, standing_guarantees, strictest
from tests.domain.builders import LEVELS, withdrawals

USDT = withdrawals("withdrawals.limit.USDT.tron")
BTC = withdrawals("withdrawals.limit.BTC.bitcoin")
CONTROLS = [USDT, BTC]
LOG_IN = Guarantee(id="log_in", text="You can log in")
SMALL = Guarantee(id="small", text="Withdrawals up to 500", needs={"withdrawals.limit.*": "small_only"})


def mode(*guarantees: Guarantee, levels: dict[str, str] | None = None) -> ServiceMode:
    return ServiceMode(
        id=ModeId.PROTECTED, title="Protected", says="Less works", guarantees=guarantees, levels=levels or {}
    )


def stands(observed: dict[str, str | None], guarantee: Guarantee = SMALL) -> bool:
    standing, lapsed = standing_guarantees(mode(guarantee), CONTROLS, observed)
    assert sorted([*standing, *lapsed], key=lambda g: g.id) == [guarantee]
    return standing == [guarantee]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(ModeId, repeat=2)))
def test_the_strictest_mode_of_two_incidents_rules(one: ModeId, other: ModeId) -> None:
    order = [ModeId.NORMAL, ModeId.STRESSED, ModeId.PROTECTED]
    assert strictest([one, other]) is max(one, other, key=order.index)


def test_without_incidents_the_platform_is_normal() -> None:
    assert strictest([]) is ModeId.NORMAL


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_a_promise_stands_while_every_control_is_observed_no_stricter_than_it_allows(
    usdt: str, btc: str
) -> None:
    allowed = LEVELS.index("small_only")
    expected = LEVELS.index(usdt) <= allowed and LEVELS.index(btc) <= allowed
    assert stands({USDT.id: usdt, BTC.id: btc}) == expected


@pytest.mark.parametrize(
    "observed",
    [{}, {USDT.id: "normal"}, {USDT.id: "normal", BTC.id: None}],
    ids=["none", "one", "unlisted value"],
)
def test_a_promise_lapses_on_anything_unknown(observed: dict[str, str | None]) -> None:
    assert not stands(observed)


def test_a_promise_lapses_when_a_reload_has_removed_the_level_last_observed() -> None:
    assert not stands({USDT.id: "normal", BTC.id: "a_level_of_last_year"})


def test_a_promise_about_a_control_that_does_not_exist_never_stands() -> None:
    lost = Guarantee(id="lost", text="Withdrawals", needs={"withdrawal.limit.*": "normal"})
    assert not stands({USDT.id: "normal", BTC.id: "normal"}, lost)


def test_a_promise_that_needs_no_control_stands() -> None:
    assert stands({}, LOG_IN)


def test_a_mode_sets_every_control_its_patterns_mean_in_its_own_order() -> None:
    levels = {BTC.id: "tightened", "withdrawals.limit.USDT.*": "small_only", "swaps": "none"}
    found = mode_levels(mode(levels=levels), CONTROLS)
    assert [(c.id, level.id) for c, level in found] == [(BTC.id, "tightened"), (USDT.id, "small_only")]


@pytest.mark.parametrize("order", [1, -1])
def test_where_two_patterns_mean_one_control_it_is_set_once_and_strictly(order: int) -> None:
    pairs = [("withdrawals.limit.*", "eased"), (BTC.id, "suspended")][::order]
    found = {c.id: level.id for c, level in mode_levels(mode(levels=dict(pairs)), CONTROLS)}
    assert found == {USDT.id: "eased", BTC.id: "suspended"}
    assert len(mode_levels(mode(levels=dict(pairs)), CONTROLS)) == 2
