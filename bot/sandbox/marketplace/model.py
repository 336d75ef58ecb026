"""The market model: one tick at a time, the same for the same seed and the same inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.sandbox.marketplace import resources
from bot.sandbox.marketplace.business import business_flows
from bot.sandbox.marketplace.catalogue import defaults
from bot.sandbox.marketplace.counterparty import Counterparty
from bot.sandbox.marketplace.crowd import Crowd, News
from bot.sandbox.marketplace.measures import Market, PriceTape, read_market
from bot.sandbox.marketplace.numbers import ZERO
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.scenario import Scenario
from bot.sandbox.marketplace.settings import Settings
from bot.sandbox.marketplace.till import Moment, Till

MINUTE = 60
SOME_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What reaches the model from outside in one tick."""

    controls: Mapping[str, resources.Control]
    news: Sequence[News] = ()
    cause_ended: bool = False


class MarketModel:
    """Customers, wallets, a counterparty and a price. `start` only dates the promises in news."""

    def __init__(
        self, seed: int, scenario: Scenario, *, tick_seconds: int = MINUTE, start: datetime = SOME_START
    ) -> None:
        self.seed, self.scenario, self.tick_seconds, self.start = seed, scenario, tick_seconds, start
        self.tick = 0
        self.cause_ended = False
        self.crowd = Crowd()
        funds = {plan.name: plan.at_counterparty for plan in scenario.assets}
        self.counterparty = Counterparty(resources.COUNTERPARTY, funds)
        self.tills = [Till.of(plan, tick_seconds) for plan in scenario.assets]
        traded = next(plan for plan in scenario.assets if not plan.carries_business)
        self._traded, self._tape = traded.name, PriceTape(seed, traded.price, tick_seconds)

    @property
    def minute(self) -> float:
        """Simulated minutes at the beginning of the coming tick."""
        return self.tick * self.tick_seconds / MINUTE

    @property
    def in_trouble(self) -> bool:
        """Whether something has gone wrong outside and is not over."""
        return self._begun and not self.cause_ended

    @property
    def _begun(self) -> bool:
        begins = (self.scenario.failure_minute, self.scenario.theft_minute)
        return any(minute is not None and self.minute >= minute for minute in begins)

    def step(self, inputs: Inputs) -> Record:
        """Let one tick pass."""
        self.crowd.hear(inputs.news, self.start + timedelta(seconds=self.tick * self.tick_seconds))
        self._let_things_happen(ordered=inputs.cause_ended)
        prices = self._prices()
        settings = Settings(inputs.controls)
        flows = business_flows(settings, self.crowd.fear, self.counterparty, self.tick_seconds)
        for till in self.tills:
            moment = self._moment(settings, prices[till.plan.name], theft=till.plan.carries_business)
            till.pass_tick(moment, flows if till.plan.carries_business else None)
        moment = self._moment(settings, Decimal(1))
        oldest = max(till.oldest_seconds(moment) for till in self.tills) / MINUTE
        dry = any(till.dry for till in self.tills)
        self.crowd.feel(self.tick_seconds / MINUTE, oldest_minutes=oldest, dry=dry)
        market = Market(moment, prices, self.counterparty.drift(self.minute), self.cause_ended)
        record = read_market(self.tills, market, self._tape)
        self.tick += 1
        return record

    def _moment(self, settings: Settings, price: Decimal, *, theft: bool = False) -> Moment:
        return Moment(
            seed=self.seed,
            tick=self.tick,
            tick_seconds=self.tick_seconds,
            settings=settings,
            crowd=self.crowd,
            counterparty=self.counterparty,
            price=price,
            stolen=self._stolen(settings) if theft else ZERO,
        )

    def _prices(self) -> dict[str, Decimal]:
        price = self._tape.move(self.tick, self.crowd.fear)
        return {
            plan.name: price if plan.name == self._traded else plan.price for plan in self.scenario.assets
        }

    def _let_things_happen(self, *, ordered: bool) -> None:
        """The scenario's failure and theft begin; the cause ends in its time, or when ordered."""
        plan, minute, begun = self.scenario, self.minute, self._begun
        if plan.failure_minute is not None and begun and self.counterparty.failed_minute is None:
            self.counterparty.failed_minute = minute
        over = plan.cause_ends_minute is not None and minute >= plan.cause_ends_minute
        if begun and not self.cause_ended and (over or ordered):
            self.cause_ended = True
            if self.counterparty.failing:
                units = {asset.name: asset.unit for asset in plan.assets}
                self.counterparty.end(minute, plan.honoured_pct, units)
        self.crowd.rumours(self.tick_seconds / MINUTE, trouble=self.in_trouble)

    def _stolen(self, settings: Settings) -> Decimal:
        """What a thief takes from the hot wallet in a tick; frozen signing stops it."""
        plan = self.scenario
        begun = plan.theft_minute is not None and self.minute >= plan.theft_minute
        if not begun or self.cause_ended or settings.signing_frozen:
            return ZERO
        return plan.theft_per_minute * self.tick_seconds / MINUTE


def counterfactual(
    seed: int,
    scenario: Scenario,
    until: int,
    *,
    tick_seconds: int = MINUTE,
    cause_ended_at: int | None = None,
) -> list[Record]:
    """The first `until` ticks of the same world in which nobody acts and nobody speaks.

    `cause_ended_at` is the tick before which the cause was ordered to end, if it was: what the world
    did by itself belongs to both runs.
    """
    model = MarketModel(seed, scenario, tick_seconds=tick_seconds)
    controls = defaults()
    return [model.step(Inputs(controls, cause_ended=tick == cause_ended_at)) for tick in range(until)]
