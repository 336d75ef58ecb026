"""The market model: one tick at a time, the same for the same seed and the same inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.sandbox.marketplace import resources
from bot.sandbox.marketplace.business import business_flows, trading_activity
from bot.sandbox.marketplace.catalogue import defaults
from bot.sandbox.marketplace.counterparty import Counterparty
from bot.sandbox.marketplace.crowd import Crowd, News
from bot.sandbox.marketplace.measures import Market, PriceTape, read_market
from bot.sandbox.marketplace.numbers import ZERO
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.scenario import Scenario
from bot.sandbox.marketplace.settings import Settings
from bot.sandbox.marketplace.till import Moment, Till
from bot.sandbox.marketplace.troubles import Faulty, Storm, Thief

MINUTE = 60
BOOKED_AFTER_MINUTES = 10
STARVED = 0.1
SOME_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What reaches the model from outside in one tick."""

    controls: Mapping[str, resources.Control]
    news: Sequence[News] = ()
    cause_ended: bool = False


class MarketModel:
    """Customers, wallets, a counterparty, a price and their troubles. `start` dates the promises in news.

    `noted` is what people could have heard of, each as the minute and its name, in order.
    """

    def __init__(
        self, seed: int, scenario: Scenario, *, tick_seconds: int = MINUTE, start: datetime = SOME_START
    ) -> None:
        self.seed, self.scenario, self.tick_seconds, self.start = seed, scenario, tick_seconds, start
        self.tick = 0
        self.cause_ended = False
        self.noted: list[tuple[float, str]] = []
        self.crowd = Crowd()
        funds = {plan.name: plan.at_counterparty for plan in scenario.assets}
        keeps = scenario.failure is not None and scenario.failure.keeps_reserve
        self.counterparty = Counterparty(resources.COUNTERPARTY, funds, keeps_reserve=keeps)
        self.tills = [Till.of(plan, tick_seconds) for plan in scenario.assets]
        traded = next(plan for plan in scenario.assets if not plan.carries_business)
        main = next(plan for plan in scenario.assets if plan.carries_business)
        self._traded, self._tape = traded.name, PriceTape(seed, traded.price, tick_seconds)
        self._thief = Thief(scenario.theft, main) if scenario.theft else None
        self._faulty = Faulty(scenario.release) if scenario.release else None
        self._storm = Storm(scenario.crash) if scenario.crash else None
        self._ended_minute = 0.0

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
        begins = self.scenario.begins_minute
        return begins is not None and self.minute >= begins

    @property
    def _force(self) -> float:
        return 0.0 if self._storm is None else self._storm.force

    def step(self, inputs: Inputs) -> Record:
        """Let one tick pass."""
        self.crowd.hear(inputs.news, self.start + timedelta(seconds=self.tick * self.tick_seconds))
        settings = Settings(inputs.controls)
        self._let_things_happen(settings, ordered=inputs.cause_ended)
        prices = self._prices()
        flows = business_flows(
            settings, self.crowd.fear, self.counterparty, self.tick_seconds, storm=self._force
        )
        for till in self.tills:
            main = till.plan.carries_business
            moment = self._moment(settings, prices[till.plan.name], troubled=main)
            till.pass_tick(moment, flows if main else None)
        moment = self._moment(settings, Decimal(1))
        oldest = max(till.oldest_seconds(moment) for till in self.tills) / MINUTE
        dry = any(till.dry for till in self.tills)
        self.crowd.feel(self.tick_seconds / MINUTE, oldest_minutes=oldest, dry=dry, storm=self._force)
        drift = self.counterparty.drift(self.minute)
        market = Market(moment, prices, drift, self.cause_ended, self._force)
        record = read_market(self.tills, market, self._tape)
        self.tick += 1
        return record

    def _moment(self, settings: Settings, price: Decimal, *, troubled: bool = False) -> Moment:
        faulty = self._faulty if troubled and self.in_trouble else None
        return Moment(
            seed=self.seed,
            tick=self.tick,
            tick_seconds=self.tick_seconds,
            settings=settings,
            crowd=self.crowd,
            counterparty=self.counterparty,
            price=price,
            stolen=self._stolen(settings) if troubled else ZERO,
            twice=faulty.share if faulty else 0.0,
            failing=faulty.plan.failing if faulty else 0.0,
        )

    def _prices(self) -> dict[str, Decimal]:
        fallen = 0.0 if self._storm is None else self._storm.fallen
        price = self._tape.move(self.tick, self.crowd.fear, self._force, fallen)
        return {
            plan.name: price if plan.name == self._traded else plan.price for plan in self.scenario.assets
        }

    def _let_things_happen(self, settings: Settings, *, ordered: bool) -> None:
        """The troubles begin and go on; the cause ends in its time, by what is done, or by order."""
        plan, minute, length = self.scenario, self.minute, self.tick_seconds / MINUTE
        if plan.failure is not None and self._begun and self.counterparty.failed_minute is None:
            self.counterparty.failed_minute = minute
        if self._begun and not self.noted:
            self._note("began")
        found = False
        if self._faulty is not None and not self.cause_ended:
            found = self._faulty.pass_tick(settings, minute, length, self._note)
        if self._storm is not None:
            self._storm.pass_tick(settings, trading_activity(settings), minute, length, self._note)
        due = plan.cause_ends_minute is not None and minute >= plan.cause_ends_minute
        if self.in_trouble and (due or ordered or found or self._starved()):
            self._end()
        talk = plan.talk_after is not None and minute >= (plan.begins_minute or 0) + plan.talk_after
        hollow = plan.rumour_minute is not None
        self.crowd.rumours(length, trouble=self.in_trouble and talk, hollow=hollow)
        if self.cause_ended and minute >= self._ended_minute + BOOKED_AFTER_MINUTES:
            self._book()

    def _starved(self) -> bool:
        """A rumour with nothing behind it has died of honest words."""
        begins = self.scenario.rumour_minute
        return begins is not None and self.minute > begins + MINUTE / 4 and self.crowd.rumour < STARVED

    def _end(self) -> None:
        self.cause_ended, self._ended_minute = True, self.minute
        self._note("ended")
        if self.counterparty.failing:
            units = {asset.name: asset.unit for asset in self.scenario.assets}
            honoured = self.scenario.failure.honoured_pct if self.scenario.failure else 0
            self.counterparty.end(self.minute, honoured, units)

    def _book(self) -> None:
        """With the cause over, what is gone is found and booked: books and chain agree again."""
        if any(till.vault.unbooked for till in self.tills):
            self._note("booked")
        for till in self.tills:
            till.vault.book()

    def _stolen(self, settings: Settings) -> Decimal:
        """What a thief takes from the hot wallet in a tick."""
        if self._thief is None or self.cause_ended:
            return ZERO
        return self._thief.takes(settings, self.minute, self.tick_seconds, self._note)

    def _note(self, name: str) -> None:
        if all(known != name for _, known in self.noted):
            self.noted.append((self.minute, name))


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
