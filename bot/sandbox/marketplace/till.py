"""One asset through one tick: money in, requests, payments, refills."""

from dataclasses import dataclass
from decimal import Decimal

from bot.sandbox.marketplace.business import Flows
from bot.sandbox.marketplace.counterparty import Counterparty
from bot.sandbox.marketplace.crowd import Crowd
from bot.sandbox.marketplace.numbers import HOUR, MICRO, ZERO, Window, scaled, stream
from bot.sandbox.marketplace.rail import MEAN_WORTH, Rail, Request, drawn
from bot.sandbox.marketplace.scenario import AssetPlan
from bot.sandbox.marketplace.settings import Settings
from bot.sandbox.marketplace.vault import Vault

WINDOW_SECONDS = 900
SECONDS_PER_CONFIRMATION = 100
USUAL_WAIT_SECONDS = 600
DRY_SHARE = Decimal("0.02")
CHANGES_OF_MIND_PER_HOUR = 0.9
COMPOSED_BELOW = 0.35
API_SHARE = 0.3
API_USUAL_RPS = 20
DEPLOY_FAILURE, USUAL_FAILURE = 0.006, 0.002


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything a tick needs to know besides the asset itself."""

    seed: int
    tick: int
    tick_seconds: int
    settings: Settings
    crowd: Crowd
    counterparty: Counterparty
    price: Decimal
    stolen: Decimal = ZERO
    twice: float = 0.0
    failing: float = 0.0

    @property
    def second(self) -> int:
        """Simulated seconds since the start."""
        return self.tick * self.tick_seconds

    @property
    def rebalancing(self) -> str:
        """How refills are ordered; without signing there are none."""
        return "blocked" if self.settings.signing_frozen else self.settings.rebalancing

    @property
    def hours(self) -> float:
        """The length of the tick."""
        return self.tick_seconds / HOUR


@dataclass(slots=True)
class Till:
    """An asset's vault, its rails, and trailing sums of what was asked, paid and received."""

    plan: AssetPlan
    vault: Vault
    rails: list[Rail]
    requested: Window
    paid: Window
    received: Window
    attempts: Window
    failures: Window
    confirming: list[tuple[int, Decimal]]
    queued: Decimal = ZERO

    @classmethod
    def of(cls, plan: AssetPlan, tick_seconds: int) -> "Till":
        """The asset at the start, as if it had been an ordinary quarter of an hour."""
        ticks = max(1, WINDOW_SECONDS // tick_seconds)
        out = plan.withdrawals_per_hour * tick_seconds / HOUR
        into = plan.deposits_per_hour * tick_seconds / HOUR
        rails = [Rail(plan.name, network) for network in plan.networks]
        return cls(
            plan,
            Vault.of(plan),
            rails,
            *(Window(ticks, out), Window(ticks, out), Window(ticks, into)),
            *(Window(ticks, Decimal(1)), Window(ticks)),
            [(second, into.quantize(plan.unit)) for second in range(0, USUAL_WAIT_SECONDS, tick_seconds)],
        )

    def pass_tick(self, moment: Moment, flows: Flows | None) -> None:
        """Everything that happens to the asset in one tick, money in before money out."""
        came_in, paid_out = self.vault.came_in, self.vault.paid_out
        self._receive(moment)
        asked = ZERO if flows is None else self._do_business(moment, flows)
        sent_on = ZERO if flows is None else flows.to_counterparty
        asked += self._take_requests(moment)
        self._serve(moment)
        self.vault.rebalance(moment.rebalancing, moment.second, moment.counterparty)
        self.queued = sum([request.amount for request in self.pending()], ZERO)
        self.requested.add(asked)
        self.received.add(self.vault.came_in - came_in)
        self.paid.add(self.vault.paid_out - paid_out + sent_on)

    def pending(self) -> list[Request]:
        """Everyone not paid yet."""
        return [request for rail in self.rails for request in rail.pending()]

    def waiting(self) -> int:
        """How many are not paid yet."""
        return sum(len(rail.signed) + len(rail.waiting) for rail in self.rails)

    def oldest_seconds(self, moment: Moment) -> int:
        """The age of the oldest request."""
        asked = [queue[0].asked for rail in self.rails for queue in (rail.signed, rail.waiting) if queue]
        return (moment.tick - min(asked)) * moment.tick_seconds if asked else 0

    @property
    def dry(self) -> bool:
        """Whether the hot wallet is as good as empty."""
        return self.vault.hot < self.plan.hot * DRY_SHARE

    def _receive(self, moment: Moment) -> None:
        """Refills, repayments and deposits; frightened customers deposit little."""
        vault, counterparty = self.vault, moment.counterparty
        vault.land(moment.second)
        vault.reserve += counterparty.repay(self.plan.name, moment.tick_seconds / 60, self.plan.unit)
        stolen = min(vault.hot, moment.stolen)
        vault.hot -= stolen
        vault.stolen += stolen
        rng = stream(moment.seed, moment.tick, self.plan.name, "deposits")
        for network, share in self.plan.networks.items():
            willing = share * rng.uniform(0.7, 1.3) * (1 - 0.85 * moment.crowd.fear)
            deposits = moment.settings.deposits(self.plan.name, network)
            if deposits.status != "suspended":
                due = moment.second + deposits.confirmations * SECONDS_PER_CONFIRMATION
                amount = scaled(self.plan.deposits_per_hour, willing * moment.hours, self.plan.unit)
                self.confirming.append((due, amount))
        credited = sum((amount for due, amount in self.confirming if due <= moment.second), ZERO)
        self.confirming = [(due, amount) for due, amount in self.confirming if due > moment.second]
        vault.receive(credited)
        vault.liabilities += credited

    def _do_business(self, moment: Moment, flows: Flows) -> Decimal:
        """The other flows; what goes to a failing counterparty is ours still, but out of reach."""
        if moment.settings.signing_frozen:
            self.vault.receive(flows.into)
            flows.to_counterparty = ZERO
            return flows.wanted
        flows.to_counterparty = min(flows.to_counterparty, self.vault.hot)
        self.vault.hot -= flows.to_counterparty
        minute = moment.second / 60
        moment.counterparty.take(self.plan.name, flows.to_counterparty, minute)
        self.vault.pay(max(ZERO, flows.out - flows.to_counterparty))
        self.vault.receive(flows.into)
        return flows.wanted

    def _take_requests(self, moment: Moment) -> Decimal:
        """Customers ask for their money, the more the more they fear; answers how much they asked."""
        free = max(ZERO, self.vault.liabilities - self.queued)
        left = float(free / self.plan.liabilities)
        urge = moment.crowd.urge(self.plan.exposure_to_fear) * left * self._reachable_by_api(moment)
        rng = stream(moment.seed, moment.tick, self.plan.name, "requests")
        worth = self.plan.withdrawals_per_hour * self.plan.price
        expected = float(worth / MEAN_WORTH) * moment.hours * urge
        asked = ZERO
        for _ in range(int(expected + rng.random())):
            rail = rng.choices(self.rails, tuple(self.plan.networks.values()))[0]
            request = drawn(rng, tick=moment.tick, price=moment.price, unit=self.plan.unit)
            if asked + request.amount <= free:
                rail.waiting.append(request)
                asked += request.amount
        return asked

    @staticmethod
    def _reachable_by_api(moment: Moment) -> float:
        """A low public API limit slows those who withdraw by script."""
        allowed = min(1.0, moment.settings.requests_per_second / API_USUAL_RPS)
        return 1 - API_SHARE * (1 - allowed)

    def _serve(self, moment: Moment) -> None:
        """Broadcast what was signed, sign what the limits allow, let the composed change their minds."""
        frozen = moment.settings.signing_frozen
        failed = 0
        for rail in self.rails:
            limit = moment.settings.withdrawals(self.plan.name, rail.network)
            rail.fill_bucket(limit, moment.tick_seconds)
            rail.credit_back(limit)
            self._pay(rail.broadcast(limit), rail, moment)
            if not frozen:
                failed += self._sign(rail, moment)
            self._reconsider(rail, moment)
        attempts = sum(len(rail.signed) for rail in self.rails)
        rng = stream(moment.seed, moment.tick, self.plan.name, "failures")
        usual = (
            USUAL_FAILURE if moment.settings.changes_frozen else rng.uniform(USUAL_FAILURE, DEPLOY_FAILURE)
        )
        usual += moment.failing
        self.attempts.add(Decimal(attempts + failed))
        self.failures.add(failed + Decimal(round(attempts * usual * MICRO)) / MICRO)

    def _pay(self, requests: list[Request], rail: Rail, moment: Moment) -> None:
        """Pay what was signed; a faulty release pays some of it again, which no customer is owed."""
        rng = stream(moment.seed, moment.tick, rail.asset, rail.network, "twice")
        for request in requests:
            self.vault.liabilities -= self.vault.pay(request.amount)
            if rng.random() < moment.twice:
                self.vault.paid_twice += self.vault.pay(request.amount)

    def _sign(self, rail: Rail, moment: Moment) -> int:
        promised = sum((request.amount for other in self.rails for request in other.signed), ZERO)
        asked_before = moment.tick - moment.settings.risk_delay_seconds // moment.tick_seconds
        limit = moment.settings.withdrawals(self.plan.name, rail.network)
        return rail.sign(limit, asked_before=asked_before, spendable=self.vault.hot - promised)

    def _reconsider(self, rail: Rail, moment: Moment) -> None:
        """With the rumour dying and little fear, some take their requests back."""
        crowd = moment.crowd
        if crowd.rumour > COMPOSED_BELOW or crowd.fear > COMPOSED_BELOW:
            return
        rng = stream(moment.seed, moment.tick, rail.asset, rail.network, "second thoughts")
        old = moment.tick - WINDOW_SECONDS // moment.tick_seconds
        rail.think_again(rng, CHANGES_OF_MIND_PER_HOUR * moment.hours * (1 - crowd.fear), old)
