"""The market kept in step with business time, with the controls and the news that act on it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.marketplace.audit import AuditRow
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.desk import Answer, Arrived, Desk, stamp
from bot.sandbox.marketplace.journal import Journal
from bot.sandbox.marketplace.model import MINUTE, Inputs, MarketModel
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.scenario import SCENARIOS, Scenario

NEVER_AT_ONCE = 200
NO_TIME = timedelta(0)


class ForeignJournalError(Exception):
    """The state folder belongs to another world."""


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """Business time: `origin`, and from there on `scale` times as fast as `wall`."""

    origin: datetime
    scale: float
    wall: Callable[[], datetime]

    def __call__(self) -> datetime:
        """Business time now."""
        return self.origin + (self.wall() - self.origin) * self.scale


class World:
    """Model, desk, journal and clock. The first tick is due one tick after `start`.

    `told` counts the stories begun; with each the market begins anew and the controls stay as they are.
    `history` holds when each of the last `keep` ticks ended, in business time, and its record. A fresh
    world that is `paused` waits at its start.

    Raises:
        ForeignJournalError: the journal was written under another seed, scenario or tick length.
    """

    def __init__(
        self,
        *,
        seed: int,
        scenario: Scenario,
        now: Callable[[], datetime],
        start: datetime,
        journal: Journal,
        tick_seconds: int = MINUTE,
        keep: int = 20_000,
        paused: bool = False,
    ) -> None:
        self.now, self._journal = now, journal
        self.start = self._first_start(seed, scenario, tick_seconds, start)
        self.told = 0
        self.history: deque[tuple[datetime, Record]] = deque(maxlen=keep)
        self.desk = Desk(now, self._keep_row, self.start)
        self.cause_ordered_tick: int | None = None
        self._news: list[News] = []
        self._heard: set[str] = set()
        self._paused_at: datetime | None = None
        self._begin(MarketModel(seed, scenario, tick_seconds=tick_seconds, start=self.start))
        if paused and not journal.lines:
            self._stop_or_go(paused=True, at=self.start)
        for line in journal.lines:
            self._live_again(line)

    @property
    def tick_length(self) -> timedelta:
        """Business time of one tick."""
        return timedelta(seconds=self.model.tick_seconds)

    @property
    def paused(self) -> bool:
        """Whether the market stands still."""
        return self._paused_at is not None

    @property
    def latest(self) -> Record | None:
        """The last tick's record."""
        return self.history[-1][1] if self.history else None

    def due(self) -> int:
        """How many ticks are overdue."""
        until = self._paused_at or self.now()
        passed = until - self.start - self._paused_for
        return max(0, passed // self.tick_length - self.model.tick)

    def catch_up(self, at_most: int = NEVER_AT_ONCE) -> int:
        """Let the overdue ticks pass, as many as allowed; answers how many did."""
        ticks = min(self.due(), at_most)
        for _ in range(ticks):
            self._tick()
        return ticks

    def put(self, arrived: Arrived) -> Answer:
        """A PUT acts from the coming tick on."""
        self._settle()
        return self.desk.put(arrived)

    def note_unreached(self, arrived: Arrived) -> None:
        """A PUT that a fault kept from the controls."""
        self._settle()
        self.desk.note_unreached(arrived)

    def forget(self, path: str) -> None:
        """A control loses its setting."""
        self._settle()
        self.desk.forget(path)

    def hear(self, news: News) -> bool:
        """A public update reaches the customers; the same one twice is no news. Answers whether it was."""
        if news.key in self._heard or not news.text.strip():
            return False
        self._settle()
        self._remember(news)
        self._journal.append("news", self.model.tick, news=_news_line(news))
        return True

    def end_cause(self) -> bool:
        """What went wrong outside is over, from the coming tick on; False if nothing is wrong now."""
        self._settle()
        if self.cause_ordered_tick is not None or not self.model.in_trouble:
            return False
        self.cause_ordered_tick = self.model.tick
        self._journal.append("cause_ended", self.model.tick)
        return True

    def tell(self, scenario: Scenario, seed: int) -> None:
        """Begin another story now; what customers heard before belongs to the one that is over."""
        self._settle()
        at = self.now()
        self._journal.append("story", self.model.tick, scenario=scenario.name, seed=seed, at=at.isoformat())
        self._tell(scenario, seed, at)

    def pause(self, *, paused: bool) -> None:
        """Stop the market or let it go on."""
        if paused == self.paused:
            return
        self._settle()
        self._stop_or_go(paused=paused, at=self.now())

    def _tell(self, scenario: Scenario, seed: int, at: datetime) -> None:
        self.start = at
        self.history.clear()
        self._begin(MarketModel(seed, scenario, tick_seconds=self.model.tick_seconds, start=at))

    def _begin(self, model: MarketModel) -> None:
        self.model = model
        self.told += 1
        self.cause_ordered_tick = self._paused_at = None
        self._news = []
        self._paused_for = NO_TIME

    def _first_start(self, seed: int, scenario: Scenario, tick_seconds: int, start: datetime) -> datetime:
        ours = {"seed": seed, "scenario": scenario.name, "tick_seconds": tick_seconds}
        if not self._journal.lines:
            self._journal.append("start", 0, **ours, at=start.isoformat())
            return start
        first = self._journal.lines[0]
        theirs = {name: first.get(name) for name in ours}
        if theirs != ours:
            raise ForeignJournalError(f"the state folder belongs to another world: {theirs}, not {ours}")
        return datetime.fromisoformat(first["at"])

    def _settle(self) -> None:
        """What happened before now must have happened without what comes now."""
        while self.catch_up():
            pass
        self.desk.tick = self.model.tick

    def _tick(self) -> None:
        ordered = self.cause_ordered_tick == self.model.tick
        inputs = Inputs(self.desk.values(), tuple(self._news), cause_ended=ordered)
        self._news = []
        record = self.model.step(inputs)
        self.history.append((self.start + self._paused_for + self.tick_length * self.model.tick, record))

    def _stop_or_go(self, *, paused: bool, at: datetime) -> None:
        self._set_paused(paused=paused, at=at)
        self._journal.append("clock", self.model.tick, paused=paused, at=at.isoformat())

    def _keep_row(self, row: AuditRow) -> None:
        self._journal.append("audit", row.tick, row=row.model_dump(mode="json", exclude_defaults=True))

    def _remember(self, news: News) -> None:
        self._heard.add(news.key)
        promised = news.next_update_at
        if promised is not None:  # the model's time stood still while it was paused
            news = replace(news, next_update_at=promised - self._paused_for)
        self._news.append(news)

    def _set_paused(self, *, paused: bool, at: datetime) -> None:
        if paused:
            self._paused_at = at
        elif self._paused_at is not None:
            self._paused_for += at - self._paused_at
            self._paused_at = None

    def _live_again(self, line: dict[str, Any]) -> None:
        while self.model.tick < line["tick"]:
            self._tick()
        match line["kind"]:
            case "audit":
                self.desk.restore(AuditRow.model_validate(line["row"]))
            case "news":
                self._remember(_news_of(line["news"]))
            case "cause_ended":
                self.cause_ordered_tick = line["tick"]
            case "story":
                self._tell(SCENARIOS[line["scenario"]], line["seed"], datetime.fromisoformat(line["at"]))
            case "clock":
                self._set_paused(paused=line["paused"], at=datetime.fromisoformat(line["at"]))


def _news_line(news: News) -> dict[str, Any]:
    promised = news.next_update_at
    return {
        "key": news.key,
        "at": stamp(news.at),
        "text": news.text,
        "next_update_at": None if promised is None else stamp(promised),
    }


def _news_of(line: dict[str, Any]) -> News:
    promised = line["next_update_at"]
    return News(
        line["key"],
        datetime.fromisoformat(line["at"]),
        line["text"],
        None if promised is None else datetime.fromisoformat(promised),
    )
