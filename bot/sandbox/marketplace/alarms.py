"""What the marketplace's own monitoring alerts on, as Alertmanager bodies."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from bot.sandbox.marketplace.numbers import ZERO
from bot.sandbox.marketplace.records import Record

MAIN = "USDT"
COVERAGE_BELOW = Decimal("0.2")
SILENT_MS = 10_000
FAILING_ABOVE = Decimal("0.05")
MOVED_PCT = Decimal(8)
RESOLVED_AFTER_SECONDS = 300
NEVER_ENDED = "0001-01-01T00:00:00Z"
RECORDED = "HotWalletCoverageLow"


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert: when it fires (after so many seconds of it), and what it says."""

    name: str
    fires: Callable[[Record], bool]
    says: Callable[[Record], str]
    severity: str = "critical"
    after_seconds: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


def _money(amount: Decimal) -> str:
    return f"{amount:,.0f} {MAIN}"


RULES: Sequence[Rule] = (
    Rule(
        RECORDED,
        lambda r: r.assets[MAIN].coverage < COVERAGE_BELOW,
        lambda r: f"Hot wallet coverage for {MAIN} is {r.assets[MAIN].coverage:.2f}",
        labels={"asset": MAIN},
    ),
    Rule(
        "CounterpartyNotAnswering",
        lambda r: r.counterparty.latency_ms >= SILENT_MS,
        lambda r: f"{r.counterparty.name} does not answer; {_money(r.counterparty.exposure)} lie there",
        after_seconds=120,
    ),
    Rule(
        "UnclaimedOutflow",
        lambda r: r.unclaimed_outflow > ZERO,
        lambda r: f"{_money(r.unclaimed_outflow)} left the hot wallet without a request",
        labels={"asset": MAIN},
    ),
    Rule(
        "BooksDrift",
        lambda r: r.assets[MAIN].books_drift > r.unclaimed_outflow,
        lambda r: f"Books differ from the chain by {_money(r.assets[MAIN].books_drift)}",
        after_seconds=120,
        labels={"asset": MAIN},
    ),
    Rule(
        "WithdrawalsFailing",
        lambda r: r.withdrawal_failure_rate > FAILING_ABOVE,
        lambda r: f"{r.withdrawal_failure_rate * 100:.0f}% of withdrawal attempts fail",
    ),
    Rule(
        "ReserveRatioLow",
        lambda r: r.assets[MAIN].reserve_ratio < 1,
        lambda r: f"The reserve ratio for {MAIN} is {r.assets[MAIN].reserve_ratio:.2f}",
        labels={"asset": MAIN},
    ),
    Rule(
        "PriceMoveFast",
        lambda r: abs(r.price.move_pct) >= MOVED_PCT,
        lambda r: f"{r.price.product} moved {r.price.move_pct:+.1f}% within an hour",
        severity="warning",
        labels={"product": "BTC-USDT"},
    ),
)


@dataclass(slots=True)
class Firing:
    """An alert that fires: since when, what it said, and since when it is well again."""

    rule: Rule
    since: datetime
    summary: str
    well_since: int | None = None


@dataclass(slots=True)
class Alarms:
    """Which alerts fire, and the bodies that still have to be delivered, oldest first.

    Unless `live`, only the recorded alert is known and its recorded bodies are sent as they are.
    """

    live: bool = False
    firing: dict[str, Firing] = field(default_factory=dict)
    to_send: list[bytes] = field(default_factory=list)
    _pending: dict[str, int] = field(default_factory=dict)

    def watch(self, record: Record, at: datetime) -> None:
        """Fires below the line, resolves after five simulated minutes above it."""
        for rule in RULES:
            if not self.live and rule.name != RECORDED:
                continue
            if rule.fires(record):
                self._bad(rule, record, at)
            else:
                self._pending.pop(rule.name, None)
                self._good(rule.name, record.second, at)

    def resolve_all(self, at: datetime) -> None:
        """Another story begins: nothing of this one fires any longer."""
        self._pending.clear()
        for name in tuple(self.firing):
            self._end(name, at)

    def sent(self, body: bytes) -> None:
        """A body was taken."""
        if self.to_send and self.to_send[0] is body:
            self.to_send.pop(0)

    def as_json(self) -> list[dict[str, Any]]:
        """What fires now."""
        return [
            {"name": name, "since": one.since.isoformat(), "summary": one.summary}
            for name, one in self.firing.items()
        ]

    def _bad(self, rule: Rule, record: Record, at: datetime) -> None:
        known = self.firing.get(rule.name)
        if known is not None:
            known.well_since = None
            return
        began = self._pending.setdefault(rule.name, record.second)
        if record.second - began >= rule.after_seconds:
            self.firing[rule.name] = Firing(rule, at, rule.says(record))
            self._say(self.firing[rule.name], None)

    def _good(self, name: str, second: int, at: datetime) -> None:
        known = self.firing.get(name)
        if known is None:
            return
        known.well_since = second if known.well_since is None else known.well_since
        if second - known.well_since >= RESOLVED_AFTER_SECONDS:
            self._end(name, at)

    def _end(self, name: str, at: datetime) -> None:
        ended = self.firing.pop(name)
        self._say(ended, at)

    def _say(self, firing: Firing, ended: datetime | None) -> None:
        if self.live:
            self.to_send.append(_body(firing, ended))
            return
        # Recorded bodies carry no date of ours: what was not taken yet is overtaken by what is so now.
        word = "firing" if ended is None else "resolved"
        self.to_send = [files(__package__).joinpath(f"alertmanager-{word}.json").read_bytes()]


def _body(firing: Firing, ended: datetime | None) -> bytes:
    """The Alertmanager v4 body of one alert."""
    rule = firing.rule
    group = {"alertname": rule.name, "venue": "sandbox", **rule.labels}
    labels = {**group, "job": "market", "severity": rule.severity}
    annotations = {"summary": firing.summary}
    status = "firing" if ended is None else "resolved"
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _stamp(firing.since),
        "endsAt": NEVER_ENDED if ended is None else _stamp(ended),
        "generatorURL": "",
        "fingerprint": hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16],
    }
    told = {
        "receiver": "bot",
        "status": status,
        "alerts": [alert],
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "version": "4",
        "groupKey": "{}:{" + ", ".join(f'{k}="{v}"' for k, v in sorted(group.items())) + "}",
        "truncatedAlerts": 0,
    }
    return json.dumps(told, separators=(",", ":")).encode()


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
