"""The troubles that have a life of their own: a thief, a faulty release, a falling market.

Each is asked once a tick, answers what it does in that tick, and notes what a person could have heard of.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from bot.sandbox.marketplace.numbers import HOUR, ZERO
from bot.sandbox.marketplace.scenario import AssetPlan, Crash, Release, Theft
from bot.sandbox.marketplace.settings import Settings

MINUTE = 60
CALM_DOWN = 0.04
SLIDE = 0.006
USUAL_BAND = 1000
Note = Callable[[str], None]


@dataclass(slots=True)
class Thief:
    """Somebody who holds what signs for the hot wallet; works on one rail at a time."""

    plan: Theft
    asset: AssetPlan
    rail: int = 0
    blocked_since: float | None = None
    tried: bool = False

    def takes(self, settings: Settings, minute: float, tick_seconds: int, note: Note) -> Decimal:
        """What leaves in this tick; the limits of the rail hold for a thief too."""
        if minute < self.plan.minute or settings.signing_frozen:
            return ZERO
        if not self.tried:
            self.tried = True
            note("probe")
            return self.plan.probe
        if minute < self.plan.minute + self.plan.pause_minutes:
            return ZERO
        limit = settings.withdrawals(self.asset.name, tuple(self.asset.networks)[self.rail])
        if limit.status == "suspended":
            self._look_elsewhere(minute, note)
            return ZERO
        if self.blocked_since is None and self.rail == 0:
            note("taking")
        self.blocked_since = None
        return min(self.plan.per_minute * tick_seconds / MINUTE, limit.hourly_limit * tick_seconds / HOUR)

    def _look_elsewhere(self, minute: float, note: Note) -> None:
        if self.blocked_since is None:
            self.blocked_since = minute
            note("rail_shut")
        if minute - self.blocked_since >= self.plan.moves_after_minutes:
            if self.rail + 1 < len(self.asset.networks):
                note("thief_moves")
            self.rail = (self.rail + 1) % len(self.asset.networks)
            self.blocked_since = None


@dataclass(slots=True)
class Faulty:
    """A release that pays twice. `share` is the share of payments made twice in this tick."""

    plan: Release
    share: float = 0.0
    frozen_minutes: float = 0.0
    _second: bool | None = None

    def pass_tick(self, settings: Settings, minute: float, tick_minutes: float, note: Note) -> bool:
        """Lets the tick pass; answers whether the release was found and rolled back."""
        if minute < self.plan.minute:
            return False
        if not self.share:
            note("released")
            self.share = self.plan.share
        if self._second is None and minute >= self.plan.minute + self.plan.second_after_minutes:
            self._second = not settings.changes_frozen
            note("second_release" if self._second else "second_stopped")
            self.share = self.plan.second_share if self._second else self.share
        self.frozen_minutes += tick_minutes if settings.changes_frozen else 0.0
        return self.frozen_minutes >= self.plan.found_after_minutes


@dataclass(slots=True)
class Storm:
    """A falling market: `force` between 0 and 1, `fallen` the share that the price has lost here."""

    plan: Crash
    force: float = 0.0
    elsewhere: float = 0.0
    slide: float = 0.0
    _told: set[str] = field(default_factory=set)

    @property
    def fallen(self) -> float:
        """Elsewhere, and the slide of our own venue on top."""
        return self.elsewhere + self.slide

    def pass_tick(
        self, settings: Settings, activity: float, minute: float, tick_minutes: float, note: Note
    ) -> None:
        """Lets the tick pass. Wide bands, a full book and much trading let forced sales run on."""
        since = minute - self.plan.minute
        if since < 0:
            return
        self._tell("falling", note)
        way = min(1.0, since / self.plan.over_minutes)
        over = max(0.0, since - self.plan.lasts_minutes) / self.plan.over_minutes
        self.force = max(0.0, 1.0 - over) if since > self.plan.over_minutes else 0.35 + 0.65 * way
        self.elsewhere = self.plan.depth * way * (1 - 0.4 * min(1.0, over))
        if 0 < since <= self.plan.over_minutes:
            room = activity * settings.band_bps / USUAL_BAND
            self.slide = min(self.plan.cascade, self.slide + SLIDE * room * tick_minutes)
            if self.slide > self.plan.cascade / 2:
                self._tell("cascade", note)
        self.slide *= 1 - CALM_DOWN * tick_minutes
        if since >= self.plan.over_minutes / 4:
            self._tell("elsewhere_too", note)

    def _tell(self, what: str, note: Note) -> None:
        if what not in self._told:
            self._told.add(what)
            note(what)
