"""All connections of the app: envelopes go round among them, and on to the next when one ends unacked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Literal

from bot.sandbox.slack.journal import Delivery, Refusal
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.parcels import JSON, Attempt, Outcome, Parcel
from bot.sandbox.slack.socket.connection import Ack, Connection, Gone, Reason
from bot.sandbox.slack.socket.envelopes import ack_body, envelope_of
from bot.sandbox.slack.workspace import Workspace

OK = 200
Order = Literal["kill", "close", "silence", "disconnect"]


class Hub:
    """The way to the app over Socket Mode. `connections` are those that stand."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.connections: list[Connection] = []
        self._turn = 0
        self._news = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Send until it is acked or the app's deadline is over; each sending is in the journal."""
        workspace, started, sent = self.workspace, self.workspace.monotonic(), False
        envelope = envelope_of(parcel, attempt)
        try:
            async with asyncio.timeout(workspace.app.deadline):
                while True:
                    connection = await self._next()
                    sent = True
                    ack = await self._sent(connection, parcel, envelope, attempt)
                    if ack is not None:
                        break
                    attempt = attempt.again(attempt.envelope, attempt.retry, attempt.reason)
        except TimeoutError:
            failure = "operation_timeout" if sent else "dispatch_failed"
            if not sent:
                entry = Delivery(parcel.name, workspace.now(), failure=failure, retry=attempt.retry)
                workspace.journal.deliveries.add(entry)
            return Outcome(None, "", "", self._since(started), failure)
        if parcel.kind == "events_api" and ack.get("payload"):
            self.record(f"an ack with a payload, which {parcel.name} does not take")
        return Outcome(OK, ack_body(ack), JSON, self._since(started), None)

    async def stands(self, connection: Connection) -> None:
        """Greet a new connection and keep it until it ends, at the latest after its time."""
        app = self.workspace.app
        if not app.socket_mode or len(self.connections) >= app.max_sockets:
            await connection.disconnect("too_many_websockets" if app.socket_mode else "link_disabled")
            await connection.close()
            return
        self.connections.append(connection)
        ageing = self._run(self._age(connection))
        try:
            await connection.greet(len(self.connections), app.app_id, app.connection_seconds)
            self._tell()
            await connection.listen(self.record)
        finally:
            ageing.cancel()
            connection.lost()
            self.connections.remove(connection)

    async def order(self, do: Order, reason: Reason, number: int | None) -> int:
        """Trouble for one connection or for all; how many it struck."""
        struck = [c for c in self.connections if number in (None, c.number)]
        for connection in struck:
            if do == "kill":
                connection.kill()
            elif do == "close":
                await connection.close()
            elif do == "silence":
                connection.silent = True
            elif reason == "warning":
                self._run(self._leave(connection))
            else:
                await connection.disconnect(reason)
                await connection.close()
        return len(struck)

    def record(self, sentence: str) -> None:
        """Keep what the app did against the rules where a test finds it."""
        refusal = Refusal("socket", self.workspace.now(), "bad_ack", [sentence])
        self.workspace.journal.refusals.add(refusal)

    async def close(self) -> None:
        """End everything at once, without a goodbye."""
        for connection in list(self.connections):
            connection.kill()
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    async def _sent(
        self, connection: Connection, parcel: Parcel, envelope: Json, attempt: Attempt
    ) -> Ack | None:
        """The ack; None when the connection ended first, or when the plan lost the ack."""
        workspace, started = self.workspace, self.workspace.monotonic()
        entry = Delivery(parcel.name, workspace.now(), retry=attempt.retry, connection=connection.number)
        entry.failure = "operation_timeout"
        try:
            ack = await connection.ask(envelope)
            entry.status, entry.failure = OK, None
            if not (attempt.lose_ack or attempt.cut):
                return ack
            entry.fault = "cut" if attempt.cut else "lose_ack"
            if attempt.cut:
                connection.kill()
        except Gone:
            entry.failure = "connection_lost"
        finally:
            entry.ms = self._since(started)
            workspace.journal.deliveries.add(entry)
        return None

    async def _next(self) -> Connection:
        """The next connection in turn, one that was not warned if there is one; waits for the first."""
        while True:
            standing = [c for c in self.connections if c.open]
            if standing:
                self._turn += 1
                staying = [c for c in standing if not c.leaving] or standing
                return staying[self._turn % len(staying)]
            await self._news.wait()

    async def _age(self, connection: Connection) -> None:
        await asyncio.sleep(self.workspace.app.connection_seconds)
        await self._leave(connection)

    async def _leave(self, connection: Connection) -> None:
        await connection.disconnect("warning")
        await asyncio.sleep(self.workspace.app.warning_seconds)
        await connection.disconnect("refresh_requested")
        await connection.close()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _run(self, errand: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    def _since(self, started: float) -> float:
        return round((self.workspace.monotonic() - started) * 1000, 3)
