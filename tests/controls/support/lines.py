"""A service that is told what to do by lines of text, as HAProxy's runtime API is, with troubles to order."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.controls.support.troubles import Trouble

_COMMAND = re.compile(r"(get|set) map (\S+) (\S+)(?: (\S+))?")
FILE = "/etc/haproxy/levels.map"


@dataclass
class LineService:
    """Keeps a map, answers without a status, and closes after each command."""

    trouble: Trouble | None = None
    rows: dict[str, str] = field(default_factory=lambda: {"usdt": "open/250000"})
    heard: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Restart with the file as it was."""
        self.rows = {"usdt": "open/250000"}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            line = (await reader.readline()).decode().rstrip("\n")
            self.heard.append(line)
            await self._serve(line, reader, writer)
        finally:
            writer.close()

    async def _serve(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trouble = self.trouble
        if trouble in (Trouble.DROP_BEFORE, Trouble.STALL_BEFORE):
            return await self._end(trouble, reader, writer)
        answer = self._lie(line) if trouble is Trouble.LIE else self._answer(line)
        if trouble in (Trouble.DROP_AFTER, Trouble.STALL_AFTER):
            return await self._end(trouble, reader, writer)
        if trouble is Trouble.NONSENSE:
            answer = "<html>Sign in</html>"
        if trouble is Trouble.HUGE:
            answer = "x" * 5_000_000
        with contextlib.suppress(ConnectionError):
            writer.write(f"{answer}\n".encode())
            await writer.drain()
        return None

    async def _end(self, how: Trouble, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if how in (Trouble.STALL_BEFORE, Trouble.STALL_AFTER):
            await reader.read()
        else:
            writer.transport.abort()

    def _lie(self, line: str) -> str:
        return "" if line.startswith("set") else self._answer(line)

    def _answer(self, line: str) -> str:
        found = _COMMAND.fullmatch(line)
        if found is None:
            return "Unknown command, but maybe one of the following ones is a better match:\n  help"
        verb, file, key, value = found.groups()
        if file != FILE:
            return "Unknown map identifier. Please use #<id> or <file>."
        if verb == "get":
            held = self.rows.get(key)
            return (
                "type=str, found=no" if held is None else f'type=str, found=yes, key="{key}", value="{held}"'
            )
        if key not in self.rows:
            return "entry not found."
        self.rows[key] = value
        return ""


@contextlib.asynccontextmanager
async def speaking(service: LineService) -> AsyncIterator[str]:
    """Serve it on loopback; gives its address."""
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
