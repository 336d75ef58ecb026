"""Each story leads the decision tree to its class, answers to controls and words, and tells itself again."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.catalogue import defaults
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.model import Inputs, MarketModel
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.resources import (
    ChangeFreeze,
    Control,
    Depth,
    PriceBand,
    Product,
    Quotes,
    Withdrawals,
)
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.stories import STORIES, wire
from tests.sandbox.marketplace.playing import Values, protected, usdt

TREE = yaml.safe_load(
    (Path(__file__).parents[3] / "runbooks/platform/classification.yaml").read_text("utf-8")
)
TROUBLED = sorted(name for name in SCENARIOS if name != "calm")
SEEDS = (7, 10)
ASKED_AT, ACTED_AT = 22, 20
TOLD_AT = frozenset((22, *range(45, 200, 25)))
ALARMS = {
    "counterparty_failure": "CounterpartyNotAnswering",
    "rumour_run": "HotWalletCoverageLow",
    "custody_pause": "CounterpartyNotAnswering",
    "hot_key": "UnclaimedOutflow",
    "pays_twice": "BooksDrift",
    "price_crash": "PriceMoveFast",
}


class Telling:
    """One story, tick by tick."""

    def __init__(self, name: str, seed: int) -> None:
        self.model = MarketModel(seed, SCENARIOS[name])
        self.alarms = Alarms(live=True)
        self.records: list[Record] = []
        self.fired: list[str] = []

    def go(self, minutes: int, values: Values, told: frozenset[int] = frozenset()) -> "Telling":
        while len(self.records) < minutes:
            minute = len(self.records)
            now = self.model.start + timedelta(minutes=minute)
            news = [
                News(f"{minute}", now, "Withdrawals up to 500 USDT continue.", now + timedelta(minutes=30))
            ]
            self.records.append(self.model.step(Inputs(values, news if minute in told else ())))
            self.alarms.watch(self.records[-1], now)
            self.fired += [alarm for alarm in self.alarms.firing if alarm not in self.fired]
        return self

    def heard(self) -> list[str]:
        lines = wire(self.model.scenario.name, self.model.noted)
        return [f"{line.source}: {line.text}" for _, line in lines]


@cache
def left_alone(name: str, seed: int = 7, minutes: int = 100) -> Telling:
    return Telling(name, seed).go(minutes, defaults())


@cache
def guarded(name: str, seed: int = 7, minutes: int = 100) -> Telling:
    return Telling(name, seed).go(ACTED_AT, defaults()).go(minutes, protected(), TOLD_AT)


def changed(**values: Control) -> Values:
    paths = {
        "tron": "/v1/assets/USDT/networks/TRON/withdrawals",
        "ethereum": "/v1/assets/USDT/networks/ETH/withdrawals",
        "freeze": "/v1/change-freeze",
        "trading": "/v1/products/BTC-USDT",
        "band": "/v1/orders/price-band",
        "depth": "/v1/orders/depth",
        "quotes": "/v1/quotes",
    }
    return {**defaults(), **{paths[name]: value for name, value in values.items()}}


SHUT = Withdrawals(
    status="suspended", max_per_transaction=Decimal(0), hourly_limit=Decimal(0), in_flight="hold"
)


def answers(record: Record, heard: list[str]) -> Mapping[str, bool]:
    """What an attentive commander answers from the signals and what was heard."""
    asset = usdt(record)
    return {
        "unclaimed-outflow": record.unclaimed_outflow > 0,
        "books-differ": asset.books_drift != 0,
        "deploy-explains": any("is live" in line for line in heard),
        "provider-stuck": record.counterparty.latency_ms >= 10_000,
        "short-of-liquid": asset.coverage < 1,
        "requests-fail": record.withdrawal_failure_rate > Decimal("0.05"),
        "market-moves": abs(record.price.move_pct) > 8 and any("the same fall" in line for line in heard),
    }


def class_found(record: Record, heard: list[str]) -> str:
    questions: dict[str, Any] = {one["id"]: one for one in TREE["questions"]}
    said = answers(record, heard)
    at = TREE["questions"][0]["id"]
    while at in questions:
        question = questions[at]
        at = question[True] if said[at] else question[False]
    return str(at)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TROUBLED)
def test_the_signals_lead_the_tree_to_the_storys_class(name: str, seed: int) -> None:
    telling = Telling(name, seed).go(ASKED_AT, defaults())
    assert class_found(telling.records[-1], telling.heard()) == STORIES[name].leads_to


def test_an_ordinary_day_leads_nowhere_and_raises_nothing() -> None:
    calm = left_alone("calm", minutes=200)
    assert {class_found(record, []) for record in calm.records} == {"provisional"}
    assert calm.fired == []
    assert calm.heard() == []


@pytest.mark.parametrize("name", TROUBLED)
def test_the_same_seed_tells_the_same_story_and_another_seed_another(name: str) -> None:
    again = Telling(name, 7).go(ACTED_AT, defaults()).go(60, protected(), TOLD_AT)
    assert again.records == guarded(name).records[:60]
    assert Telling(name, 8).go(60, defaults()).records != left_alone(name).records[:60]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TROUBLED)
def test_its_own_alert_fires_first_and_soon(name: str, seed: int) -> None:
    telling = Telling(name, seed).go(35, defaults())
    assert telling.fired[0] == ALARMS[name]
    assert telling.heard()


@pytest.mark.parametrize("name", ["counterparty_failure", "rumour_run", "custody_pause", "hot_key"])
def test_protection_and_honest_words_keep_the_hot_wallet_paying(name: str) -> None:
    alone, kept = left_alone(name).records, guarded(name).records
    assert min(usdt(record).hot for record in alone) < 700_000
    assert min(usdt(record).hot for record in kept) > 2_000_000
    assert kept[-1].customers_waiting < alone[-1].customers_waiting / 3


def test_a_rumour_starves_on_kept_promises_and_lives_on_silence() -> None:
    spoken, silent = guarded("rumour_run"), left_alone("rumour_run")
    assert spoken.records[-1].cause_ended
    assert not silent.records[-1].cause_ended
    assert all(usdt(record).reserve_ratio > 1 for record in silent.records)


def test_a_paused_custody_keeps_the_reserve_whole_and_out_of_reach_and_gives_it_back() -> None:
    run = left_alone("custody_pause", minutes=160).records
    during, after = run[60], run[-1]
    assert usdt(during).reserve == usdt(run[0]).reserve
    assert usdt(during).refill.available == 0
    assert during.counterparty.exposure > usdt(during).reserve
    assert after.cause_ended
    assert usdt(after).refill.available > 0
    assert usdt(after).reserve_ratio > Decimal("1.2")


def test_a_thief_is_slowed_by_limits_turned_away_by_a_shut_rail_and_moves_to_the_other() -> None:
    loose = usdt(left_alone("hot_key", minutes=60).records[-1]).stolen
    limited = usdt(guarded("hot_key", minutes=60).records[-1]).stolen
    one_shut = Telling("hot_key", 7).go(ACTED_AT, defaults()).go(60, changed(tron=SHUT))
    both_shut = Telling("hot_key", 7).go(ACTED_AT, defaults()).go(60, changed(tron=SHUT, ethereum=SHUT))
    stolen = usdt(both_shut.records[-1]).stolen
    assert stolen == usdt(both_shut.records[ACTED_AT - 1]).stolen
    assert stolen < limited < loose
    assert stolen < usdt(one_shut.records[-1]).stolen < loose
    assert any("now on Ethereum" in line for line in one_shut.heard())


def test_a_booked_loss_closes_the_gap_between_books_and_chain_after_the_cause_has_ended() -> None:
    for name in ("hot_key", "pays_twice"):
        run = left_alone(name, minutes=160).records
        ended = next(record.tick for record in run if record.cause_ended)
        assert usdt(run[ended]).books_drift > 0
        assert usdt(run[-1]).books_drift == run[-1].unclaimed_outflow == 0


def test_frozen_changes_stop_the_second_release_and_let_the_first_be_found() -> None:
    frozen = changed(freeze=ChangeFreeze(frozen=True))
    stopped = Telling("pays_twice", 7).go(ACTED_AT, defaults()).go(100, frozen)
    let_run = left_alone("pays_twice")
    assert stopped.records[60].cause_ended
    assert not let_run.records[60].cause_ended
    assert max(usdt(r).books_drift for r in stopped.records) * 3 < usdt(let_run.records[-1]).books_drift
    assert any("2026.47.3 is live" in line for line in let_run.heard())
    assert not any("2026.47.3 is live" in line for line in stopped.heard())


def test_paying_twice_claims_no_outflow_and_owes_no_customer() -> None:
    record = left_alone("pays_twice").records[60]
    assert record.unclaimed_outflow == 0
    assert usdt(record).books_drift > 0
    assert record.mood.fear < 0.05


def test_a_thin_book_and_narrow_bands_halve_the_slide_of_our_own_venue() -> None:
    calmed = changed(
        trading=Product(trading_status="limit_only", cancels_allowed=True),
        band=PriceBand(band_bps=200),
        depth=Depth(visible_pct=25),
        quotes=Quotes(spread_multiplier=Decimal(4), valid_seconds=2),
    )
    acted = Telling("price_crash", 7).go(12, defaults()).go(100, calmed)
    alone = left_alone("price_crash")
    low = min(record.price.price for record in alone.records)
    assert min(record.price.price for record in acted.records) > low * Decimal("1.05")
    assert usdt(acted.records[-1]).hot > usdt(alone.records[-1]).hot + 200_000
    assert any("well below every other" in line for line in alone.heard())
    assert not any("well below every other" in line for line in acted.heard())


def test_a_crash_leaves_reserves_and_coverage_whole() -> None:
    run = left_alone("price_crash", minutes=140).records
    assert all(usdt(record).reserve_ratio > 1 for record in run)
    assert all(usdt(record).coverage >= 1 for record in run)
