"""What the market does, and what it never does."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.marketplace.catalogue import BY_PATH, defaults
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.model import SOME_START, Inputs, MarketModel, counterfactual
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.resources import Control, CustodySigning, Deposits, Withdrawals
from bot.sandbox.marketplace.scenario import SCENARIOS
from tests.sandbox.marketplace.playing import (
    CAUSE_ENDS_MINUTE,
    FAILURE_MINUTE,
    left,
    left_alone,
    play,
    protected,
    reopening,
    usdt,
)

SEEDS = (7, 10)
DRY = Decimal(90_000)
REGULAR_UPDATES = (18, *range(40, 420, 25))


def loosest_or_strictest(path: str) -> st.SearchStrategy[Control]:
    return st.sampled_from([BY_PATH[path].default, BY_PATH[path].strictest])


CONTROLS = st.fixed_dictionaries({path: loosest_or_strictest(path) for path in BY_PATH})
IN_FLIGHT = st.sampled_from(["drain", "hold", "cancel_and_credit"])


@st.composite
def turns(draw: st.DrawFn) -> list[dict[str, Control]]:
    """Every quarter of an hour other controls, with every way to treat what is in flight."""
    values = draw(st.lists(CONTROLS, min_size=2, max_size=4))
    for value in values:
        for path, control in value.items():
            if isinstance(control, Withdrawals):
                value[path] = control.model_copy(update={"in_flight": draw(IN_FLIGHT)})
    return values


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scenario=st.sampled_from(sorted(SCENARIOS)),
    values=turns(),
    updates=st.sets(st.integers(0, 59)),
    end=st.one_of(st.none(), st.integers(0, 59)),
)
def test_no_money_appears_or_vanishes_and_nothing_goes_below_zero(
    seed: int, scenario: str, values: list[dict[str, Control]], updates: set[int], end: int | None
) -> None:
    model = MarketModel(seed, SCENARIOS[scenario])
    news = (News("k", SOME_START, "What works and what waits.", None),)
    for tick in range(60):
        controls = values[tick * len(values) // 60]
        record = model.step(Inputs(controls, news if tick in updates else (), cause_ended=tick == end))
        check_sums(model, record)


def check_sums(model: MarketModel, record: Record) -> None:
    for plan in model.scenario.assets:
        asset = record.assets[plan.name]
        inside = asset.hot + asset.reserve + asset.cold + asset.in_transit + asset.at_counterparty
        began = plan.hot + plan.reserve + plan.cold + plan.at_counterparty
        assert inside == began + asset.came_in - asset.paid_out - asset.stolen
        pools = (asset.hot, asset.reserve, asset.cold, asset.in_transit, asset.at_counterparty)
        assert min(pools) >= 0
        assert 0 <= asset.queue.value <= asset.liabilities
        assert asset.coverage >= 0
        assert asset.refill.available >= 0
        assert asset.hot_empty_in.low_seconds >= 0
    assert 0 <= record.mood.fear <= 1
    assert 0 <= record.withdrawal_failure_rate <= 1


def test_the_same_seed_and_inputs_make_the_same_market_and_another_seed_another() -> None:
    changes = {20: protected()}
    assert play(60, changes=changes, updates={18}) == play(60, changes=changes, updates={18})
    assert play(60, seed=8) != play(60, seed=7)


def test_nobody_acting_is_the_counterfactual() -> None:
    assert counterfactual(7, SCENARIOS["counterparty_failure"], CAUSE_ENDS_MINUTE) == left_alone(7)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_ordinary_day_needs_nobody(seed: int) -> None:
    day = play(720, seed=seed, scenario="calm")
    assert min(min(asset.coverage for asset in record.assets.values()) for record in day) > 1
    assert min(usdt(record).hot for record in day) > 2_000_000
    assert all(usdt(record).books_drift == 0 for record in day)
    assert max(abs(record.price.move_pct) for record in day) < 3


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_acting_coverage_falls_within_minutes_and_the_hot_wallet_runs_dry(seed: int) -> None:
    idle = left_alone(seed)
    low = next(record.tick for record in idle if usdt(record).coverage < Decimal("0.2"))
    dry = next(record.tick for record in idle if usdt(record).hot < DRY)
    assert 12 <= low <= 20
    assert 40 <= dry <= 70
    assert max(record.withdrawal_failure_rate for record in idle) > Decimal("0.5")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("acted", [FAILURE_MINUTE + 15, FAILURE_MINUTE + 30])
def test_protection_and_honest_words_keep_the_wallets_until_the_run_subsides(seed: int, acted: int) -> None:
    changes = {acted: protected(), **reopening(CAUSE_ENDS_MINUTE + 30)}
    guarded = play(400, seed=seed, changes=changes, updates=REGULAR_UPDATES)
    assert min(usdt(record).hot for record in guarded) > 1_000_000
    assert left(guarded[100]) > left(left_alone(seed)[100]) + 5_000_000
    first_covered = next(r.tick for r in guarded[CAUSE_ENDS_MINUTE:] if usdt(r).coverage >= Decimal("1.5"))
    assert first_covered <= CAUSE_ENDS_MINUTE + 45
    assert guarded[-1].customers_waiting < 50
    assert guarded[-1].mood.fear < 0.05


@given(seed=st.integers(0, 10_000), acted=st.integers(6, 60), minutes=st.integers(30, 70))
@settings(max_examples=8, deadline=None)
def test_protection_never_leaves_less_than_none(seed: int, acted: int, minutes: int) -> None:
    guarded = play(minutes, seed=seed, changes={acted: protected()})[-1]
    idle = play(minutes, seed=seed)[-1]
    assert left(guarded) + usdt(guarded).in_transit >= left(idle) + usdt(idle).in_transit


def test_silence_lengthens_the_queue() -> None:
    changes = {20: protected()}
    told = play(100, changes=changes, updates=REGULAR_UPDATES)[-1]
    silent = play(100, changes=changes)[-1]
    assert silent.customers_waiting > 3 * told.customers_waiting
    assert silent.tickets_per_hour > 3 * told.tickets_per_hour


def test_a_promise_of_the_next_word_calms_until_it_is_broken() -> None:
    promised = play(60, updates={15}, promise_minutes=30)
    unpromised = play(60, updates={15}, promise_minutes=None)
    silent = left_alone(7)
    assert promised[40].mood.fear < unpromised[40].mood.fear < silent[40].mood.fear
    assert promised[52].mood.fear > silent[52].mood.fear


def test_an_open_route_keeps_sending_money_to_the_failed_counterparty_and_drifts() -> None:
    left_open = left_alone(7)[89]
    shut = play(90, changes={20: protected()})[-1]
    assert usdt(left_open).at_counterparty > usdt(shut).at_counterparty
    assert usdt(left_open).books_drift > 0
    assert usdt(shut).books_drift == 0


def test_the_failed_counterparty_cannot_be_reached_until_it_honours_a_part() -> None:
    run = play(140, changes={20: protected()}, updates=REGULAR_UPDATES)
    before, during, after = run[3], run[60], run[-1]
    assert before.counterparty.reachable
    assert not during.counterparty.reachable
    assert usdt(during).reserve_ratio < usdt(before).reserve_ratio
    assert during.counterparty.settlement_lag_seconds > 3000
    assert usdt(after).reserve > usdt(during).reserve + 5_000_000
    assert after.counterparty.settlement_lag_seconds < 120


def test_an_ordered_end_of_the_cause_comes_before_its_time() -> None:
    model = MarketModel(7, SCENARIOS["counterparty_failure"])
    controls = defaults()
    records = [model.step(Inputs(controls, cause_ended=tick == 40)) for tick in range(60)]
    assert [record.cause_ended for record in records[39:41]] == [False, True]
    assert records[-1].mood.rumour == 0
    ordered = counterfactual(7, SCENARIOS["counterparty_failure"], 60, cause_ended_at=40)
    assert ordered == records


def test_small_withdrawals_pass_a_limit_while_larger_ones_wait() -> None:
    guarded = play(80, changes={20: protected()}, updates=REGULAR_UPDATES)
    paid = usdt(guarded[-1]).paid_out - usdt(guarded[30]).paid_out
    assert paid > 0
    assert usdt(guarded[-1]).queue.oldest_seconds > 2400
    queue = usdt(guarded[-1]).queue
    assert queue.value / queue.count > 500


@pytest.mark.parametrize("in_flight", ["drain", "hold", "cancel_and_credit"])
def test_a_suspension_says_what_becomes_of_requests_in_flight(in_flight: str) -> None:
    rail = Withdrawals.model_validate(
        {"status": "suspended", "max_per_transaction": "0", "hourly_limit": "0", "in_flight": in_flight}
    )
    shut = {path: rail if path.endswith("/withdrawals") else v for path, v in defaults().items()}
    run = play(45, changes={30: shut})
    before, then = usdt(run[29]), usdt(run[30])
    asked = then.queue.count - before.queue.count
    paid = before.liabilities - then.liabilities
    assert (paid > 0) == (in_flight == "drain")
    if in_flight == "cancel_and_credit":
        assert then.queue.count == 0
    else:
        assert asked > 0 or in_flight == "drain"


def test_frozen_signing_stops_withdrawals_refills_and_a_thief() -> None:
    frozen = {**defaults(), "/v1/custody/signing": CustodySigning(status="frozen")}
    run = play(60, scenario="hot_key", changes={20: frozen})
    assert usdt(run[19]).stolen > 0
    assert usdt(run[-1]).stolen == usdt(run[19]).stolen == usdt(run[-1]).books_drift
    assert usdt(run[-1]).refill.available == 0
    assert run[-1].unclaimed_outflow == usdt(run[-1]).stolen


def test_delayed_deposits_come_later_and_suspended_ones_not_at_all() -> None:
    def came(status: str, confirmations: int) -> Decimal:
        value = Deposits.model_validate({"status": status, "confirmations": confirmations})
        changed = {path: value if path.endswith("/deposits") else v for path, v in defaults().items()}
        return usdt(play(60, scenario="calm", changes={0: changed})[-1]).came_in

    assert came("enabled", 6) > came("delayed", 18) > came("suspended", 18)


def test_ticks_of_half_a_minute_tell_the_same_story() -> None:
    model = MarketModel(7, SCENARIOS["counterparty_failure"], tick_seconds=30)
    controls = defaults()
    records = [model.step(Inputs(controls)) for _ in range(2 * CAUSE_ENDS_MINUTE)]
    low = next(record.second for record in records if usdt(record).coverage < Decimal("0.2"))
    assert 12 <= low / 60 <= 20
    assert min(usdt(record).hot for record in records) < DRY
