"""What goes on in the world, looked at about once a second and told to every page that listens.

What cannot be had is None with the reason and since when: an old number must never pass for a fresh one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.console.books import Books, read_books
from bot.sandbox.console.director import Director
from bot.sandbox.console.drawn import control_rows, incident_rows, point, public_page, spans
from bot.sandbox.console.levels import Knob
from bot.sandbox.staging.market import Json, Market
from bot.sandbox.staging.stage import NO_TLS

LOOK_EVERY = 0.7
KEPT = 720
SECONDS = 3.0
AWAY = (httpx.HTTPError, ValueError, KeyError)


class Feed:
    """The world as last seen: `view` without the ticks, `points` one for each tick of the story `told`."""

    def __init__(
        self, market: Market, director: Director, *, bot_url: str, database: Path, knobs: Sequence[Knob]
    ) -> None:
        self._market, self._director, self._bot_url = market, director, bot_url
        self._database, self._knobs = database, knobs
        self._news = asyncio.Condition()
        self._gone: dict[str, tuple[str, str]] = {}
        self.version, self.told = 0, 0
        self.points: list[Json] = []
        self._trail: list[Json] = []
        self.view: Json = {}

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def changed(self, version: int, within: float) -> int:
        """Wait for a later look than `version`, at most so many seconds; the number of the latest."""
        async with self._news:
            try:
                async with asyncio.timeout(within):
                    await self._news.wait_for(lambda: self.version > version)
            except TimeoutError:
                pass
        return self.version

    async def look(self) -> None:
        """One look at everything."""
        story, ticks, controls, public = await asyncio.gather(
            self._asked("story", self._market.story()),
            self._asked("market", self._ticks()),
            self._asked("controls", self._controls()),
            self._asked("public", self._public()),
        )
        books = await asyncio.to_thread(read_books, self._database)
        if story is not None:
            self._director.heard(story)
        self.view = self._drawn(story, ticks is not None, controls, public, books)
        async with self._news:
            self.version += 1
            self._news.notify_all()

    async def _ticks(self) -> bool:
        """Take in the ticks that are new; another story begins with none."""
        told = int((await self._market.story())["told"])
        after = self.points[-1]["tick"] if self.points and told == self.told else -1
        page = await self._market.ticks_after(after, KEPT)
        if told != self.told:
            self.told, self.points = told, []
        self.points += [point(record) for record in page["records"]]
        del self.points[:-KEPT]
        return True

    async def _controls(self) -> list[Json]:
        self._trail += await self._market.audit(since=len(self._trail))
        return await self._market.controls()

    async def _public(self) -> Json:
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=SECONDS) as client:
            answer = await client.get(f"{self._bot_url}/api/v2/summary.json")
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    async def _asked(self, what: str, asking: Any) -> Any:
        try:
            found = await asking
        except AWAY as error:
            since = self._gone.get(what, (_now(), ""))[0]
            self._gone[what] = (since, type(error).__name__)
            return None
        self._gone.pop(what, None)
        return found

    def _drawn(
        self,
        story: Json | None,
        market: bool,
        controls: list[Json] | None,
        public: Json | None,
        books: Books | None,
    ) -> Json:
        beat = self._director.conductor.beat
        return {
            "clock": {
                "business": self._director.conductor.now().isoformat(),
                "scale": beat.scale,
                "paused": beat.paused,
                "running_up": self._director.running_up,
                "chosen": self._director.chosen,
                "beats": [
                    [_ms(one.wall), _ms(one.business), 0 if one.paused else one.scale]
                    for one in self._director.conductor.beats
                ],
            },
            "away": {what: {"since": since, "why": why} for what, (since, why) in self._gone.items()},
            "market_ok": market,
            "latest": self.points[-1] if market and self.points else None,
            "story": story,
            "controls": control_rows(self._knobs, controls, books),
            "spans": spans(self._knobs, self._trail, books),
            "incidents": incident_rows(books),
            "public": public_page(public, self._bot_url),
        }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _now() -> str:
    return datetime.now(UTC).isoformat()
