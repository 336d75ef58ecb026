"""The marketplace as its own API tells it: for the demo's progress line and checks, and for the console."""

from __future__ import annotations

from typing import Any

import httpx

from bot.sandbox.staging.stage import NO_TLS

Json = dict[str, Any]
SECONDS = 10.0


class Market:
    """Reads with the marketplace's own token, and orders what only the sandbox has."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def state(self) -> Json:
        """The live numbers; `record` is null before the first tick."""
        return await self._ask("GET", "/v1/state")

    async def history(self) -> Json:
        """Every tick so far, the number of the tick in which the cause was ordered to end among it."""
        return await self._ask("GET", "/v1/history", params={"last": 20_000})

    async def ticks_after(self, tick: int, last: int) -> Json:
        """Of the last so many ticks those later than `tick`, oldest first; -1 for all."""
        return await self._ask("GET", "/v1/history", params={"last": last, "after": tick})

    async def scenarios(self) -> list[Json]:
        """The stories that can be begun."""
        found: list[Json] = (await self._ask("GET", "/sandbox/scenarios"))["scenarios"]
        return found

    async def story(self) -> Json:
        """The story being told, what has come over the wire, and which alerts fire."""
        return await self._ask("GET", "/sandbox/story")

    async def begin(self, scenario: str, seed: int | None = None) -> Json:
        """Begin a scenario; the controls stay as they are."""
        return await self._ask("POST", "/sandbox/story", json={"scenario": scenario, "seed": seed})

    async def controls(self) -> list[Json]:
        """Every control with its value, default and generation."""
        found: list[Json] = (await self._ask("GET", "/v1/controls"))["controls"]
        return found

    async def audit(self, since: int = 0) -> list[Json]:
        """The whole trail, or what came after so many rows."""
        rows: list[Json] = []
        while page := (await self._ask("GET", "/v1/audit", params={"since": since + len(rows)}))["rows"]:
            rows += page
        return rows

    async def slow_down(self, milliseconds: int) -> None:
        """Delay every answer of the control API."""
        await self._ask("POST", "/sandbox/settings", json={"latency_ms": milliseconds})

    async def end_cause(self) -> int:
        """What went wrong outside is over; the tick from which on it is."""
        return int((await self._ask("POST", "/sandbox/cause-ended"))["tick"])

    async def _ask(self, verb: str, path: str, **request: Any) -> Json:
        async with httpx.AsyncClient(
            verify=NO_TLS, trust_env=False, timeout=SECONDS, headers=self._headers
        ) as client:
            answer = await client.request(verb, self._url + path, **request)
        answer.raise_for_status()
        found: Json = answer.json()
        return found
