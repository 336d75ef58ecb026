"""Reading server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

STREAM = "/console/slack/stream"


@dataclass(frozen=True)
class Frame:
    id: str
    event: str
    data: Any


@asynccontextmanager
async def watching(client: httpx.AsyncClient, after: str = "", path: str = STREAM) -> AsyncIterator[Frames]:
    headers = {"Last-Event-ID": after} if after else {}
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Frames(answer.aiter_lines())


class Frames:
    """Frames in order; `next` waits for one, `until` for one of a kind."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> Frame:
        found: dict[str, str] = {}
        async for line in self._lines:
            if not line and found:
                return Frame(found["id"], found["event"], json.loads(found["data"]))
            name, _, value = line.partition(": ")
            if name:
                found[name] = value
        raise AssertionError("the stream has ended")

    async def until(self, event: str) -> Frame:
        while True:
            frame = await self.next()
            if frame.event == event:
                return frame
