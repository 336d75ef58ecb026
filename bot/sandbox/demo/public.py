"""What anybody outside can see: status page and macros, kept as files whenever something new is said."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.staging.stage import NO_TLS

Json = dict[str, Any]
LOOK_EVERY = 0.3
SECONDS = 5.0
PAGES = ("summary", "status", "components", "incidents")


@dataclass
class PublicEye:
    """Reads the public pages over HTTP. `updates` are the published texts by id, as they appeared."""

    url: str
    out: Path
    updates: dict[str, Json] = field(default_factory=dict)
    macros: dict[str, Json] = field(default_factory=dict)

    async def watch(self) -> None:
        """Look for ever; a bot that is away is asked again."""
        while True:
            with suppress(httpx.HTTPError):
                await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> int:
        """Keep a snapshot for every update not seen before; how many there are. Raises httpx.HTTPError."""
        page = await self.read_json("/api/v2/incidents.json")
        listed = [update for incident in page["incidents"] for update in incident["incident_updates"]]
        new = sorted((u for u in listed if u["id"] not in self.updates), key=lambda u: str(u["created_at"]))
        for update in new:
            self.updates[update["id"]] = update
        if new:
            await self.keep_status(f"{len(self.updates):02d}-{new[-1]['status']}")
        return len(self.updates)

    async def keep_status(self, name: str) -> None:
        """The page, its JSON and its feed as they are now. Raises httpx.HTTPError."""
        folder = self.out / "status" / name
        folder.mkdir(parents=True, exist_ok=True)
        for page in PAGES:
            found = await self.read_json(f"/api/v2/{page}.json")
            (folder / f"{page}.json").write_text(pretty(found), "utf-8")
        (folder / "status.html").write_text(await self.read("/status"), "utf-8")
        (self.out / "status" / "feed.atom").write_text(await self.read("/status/feed.atom"), "utf-8")

    async def keep_macros(self, name: str) -> Json:
        """The macros in force now, each as a text and all as JSON. Raises httpx.HTTPError."""
        folder = self.out / "macros" / name
        folder.mkdir(parents=True, exist_ok=True)
        found = await self.read_json("/macros.json")
        self.macros[name] = found
        (folder / "macros.json").write_text(pretty(found), "utf-8")
        for macro in (m for listed in found["in_force"] for m in listed["macros"]):
            named = re.sub(r"[^a-z0-9]+", "-", macro["question"].casefold()).strip("-")
            text = f"{macro['question']}\n\n{macro['answer'].strip()}\n"
            (folder / f"{named}.txt").write_text(text, "utf-8")
        return found

    async def read_json(self, path: str) -> Json:
        """A page as JSON. Raises httpx.HTTPError."""
        found: Json = json.loads(await self.read(path))
        return found

    async def read(self, path: str) -> str:
        """A page as text. Raises httpx.HTTPError."""
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=SECONDS) as client:
            answer = await client.get(self.url + path)
        answer.raise_for_status()
        return answer.text


def pretty(value: Any) -> str:
    """JSON for people to read; moments as text."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
