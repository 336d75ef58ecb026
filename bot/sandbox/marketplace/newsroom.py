"""Reads a public status page and tells the customers what is new on it."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.world import World

log = logging.getLogger(__name__)
PATH = "/api/v2/incidents.json"
POLL_EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
MOST_BYTES = 1_000_000


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def news_of(page: Any) -> Iterator[News]:
    """The updates of a Statuspage v2 incident list, oldest first.

    `next_update_at` stands on the incident and belongs to its latest update. What is malformed is
    passed over: a page half written must not silence the rest.
    """
    found: list[News] = []
    incidents = page.get("incidents") if isinstance(page, dict) else None
    for incident in incidents if isinstance(incidents, list) else ():
        if isinstance(incident, dict):
            found.extend(_updates(incident))
    yield from sorted(found, key=lambda news: news.at)


def _updates(incident: dict[str, Any]) -> Iterator[News]:
    listed = incident.get("incident_updates")
    dated: list[tuple[datetime, str, str]] = []
    for update in listed if isinstance(listed, list) else ():
        if isinstance(update, dict):
            at = _time(update.get("display_at")) or _time(update.get("created_at"))
            key, text = update.get("id"), update.get("body")
            if at is not None and isinstance(key, str) and isinstance(text, str) and text.strip():
                dated.append((at, key, text))
    dated.sort()
    promised = _time(incident.get("next_update_at"))
    for at, key, text in dated:
        yield News(key, at, text, promised if (at, key, text) == dated[-1] else None)


class Newsroom:
    """Polls the page every second; a page that is away or broken is asked again."""

    def __init__(self, world: World, url: str) -> None:
        self._world, self._url = world, url.rstrip("/") + PATH
        self._reached = True

    async def run(self) -> None:
        """Poll for ever."""
        while True:
            await self.poll()
            await asyncio.sleep(POLL_EVERY_SECONDS)

    async def poll(self) -> int:
        """One look at the page; answers how many items were new."""
        page = await self._page()
        return sum(self._world.hear(news) for news in news_of(page))

    async def _page(self) -> Any:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
                answer = await client.get(self._url)
            readable = answer.is_success and len(answer.content) <= MOST_BYTES
            page = answer.json() if readable else None
        except (httpx.HTTPError, ValueError) as error:
            page = None
            if self._reached:
                log.warning("%s cannot be read: %s", self._url, type(error).__name__)
        self._reached = page is not None
        return page
