"""Signs the ledger's head and keeps it where the database's owner cannot reach, as long as there is news.

Every worker has a notary of its own: nothing in the database can put it off. The file comes first and is on
disk before anything is loosened; other places follow, each until it has the newest head.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.ledger import RESTORED, Anchor, Head, canonical, sign
from bot.domain.verifier.canon import Json
from bot.domain.verifier.command import witnesses
from bot.usecases import troubles, work
from bot.usecases.ports import Context, ServiceError, StoreError
from bot.usecases.witness import Unwitnessed

EVERY = 60.0  # seconds
PAGE = 1000
FILE, COURSE = "anchors_file", "ledger_course"
log = structlog.get_logger(__name__)


class Place(Protocol):
    """Somewhere else that keeps signed heads."""

    @property
    def name(self) -> str:
        """What people call it; a key of its own."""
        ...

    async def keep(self, anchor: Anchor) -> Json | None:
        """Keep a head there; a line for the file that bears witness to it, if any. Raises ServiceError."""
        ...


class Notary:
    """Signs heads. `reached` is the row up to which a head is in the file."""

    def __init__(
        self, ctx: Context, key: Ed25519PrivateKey, file: Path, places: Sequence[Place] = ()
    ) -> None:
        self._ctx = ctx
        self._key = key
        self._file = file
        self._owed: dict[str, Place] = {place.name: place for place in places}
        self._places = tuple(places)
        self._turn = asyncio.Lock()
        self._last: Anchor | None = None
        self._begun = False

    @property
    def reached(self) -> int:
        """The row up to which a head of this process is in the file."""
        return self._last.seq if self._last else 0

    async def reach(self, seq: int) -> None:
        """Have a head in the file that knows row `seq`. Raises Unwitnessed, StoreAway."""
        if self.reached < seq:
            await self.sign()

    async def sign(self) -> Anchor:
        """The newest head, signed and in the file. Raises Unwitnessed, StoreAway."""
        async with self._turn:
            async with self._ctx.store.read() as tx:
                head = await tx.ledger.head()
            if self._last is not None and (self._last.seq, self._last.hash) == (head.seq, head.hash):
                return self._last
            await self._same_course(head)
            anchor = sign(head, self._ctx.clock.wall(), self._key)
            if head.seq == 0:
                return anchor
            await self._written(anchor.model_dump(mode="json"))
            self._last = anchor
            self._owed = {place.name: place for place in self._places}
            return anchor

    async def run(self, every: float = EVERY) -> None:
        """Sign what is new, each minute, until cancelled; what cannot be done is told and tried again."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                log.warning("ledger.not_signed", reason=str(error))
            await asyncio.sleep(every)

    async def round(self) -> None:
        """One minute's work: the file, open incidents' channels, and the other places. Raises StoreError."""
        before = self._last
        try:
            anchor = await self.sign()
        except Unwitnessed as reason:
            log.warning("ledger.not_signed", reason=str(reason))
            await troubles.note(self._ctx, {FILE: f"{reason}. Nothing is loosened until it can be."})
            return
        await troubles.mended(self._ctx, [FILE])
        if anchor.seq and anchor is not before:
            async with self._ctx.store.write() as tx:
                for incident in await tx.incidents.open():
                    await work.head(tx, incident.id, incident.phase_round, said(anchor))
        await self._elsewhere(anchor)

    async def _elsewhere(self, anchor: Anchor) -> None:
        for name, place in list(self._owed.items()) if anchor.seq else ():
            try:
                line = await place.keep(anchor)
                if line is not None:
                    await self._written(line)
            except (ServiceError, Unwitnessed) as error:
                log.warning("ledger.not_kept", place=name, reason=str(error))
                await troubles.note(self._ctx, {name: f"The ledger's heads are not kept by {name}: {error}."})
                continue
            self._owed.pop(name, None)
            await troubles.mended(self._ctx, [name])

    async def _written(self, line: Json) -> None:
        try:
            await asyncio.to_thread(append_line, self._file, line)
        except OSError as error:
            said = f"the signed head could not be written to {self._file}: {error.strerror}"
            raise Unwitnessed(said) from error

    async def _same_course(self, head: Head) -> None:
        """Tell of a ledger that is not the one we signed; the heads themselves are proof for the verifier."""
        if not self._begun:
            self._begun = True
            self._last = await asyncio.to_thread(last_anchor, self._file)
        last = self._last
        if last is None or last.seq == 0:
            return
        async with self._ctx.store.read() as tx:
            found = await tx.ledger.rows(after=last.seq - 1, limit=1)
        if found and found[0].hash == last.hash:
            await troubles.mended(self._ctx, [COURSE])
            return
        if await self._restored(after=min(last.seq, head.seq) - PAGE):
            return
        log.critical("ledger.not_what_was_signed", row=last.seq, kept_in=str(self._file))
        text = (
            f"*The ledger is not the one that was signed.* Row {last.seq} of {self._file.name} is gone or "
            "another: somebody has changed the database, or it is a new one. Ask `breakwater audit verify`."
        )
        await troubles.note(self._ctx, {COURSE: text})

    async def _restored(self, after: int) -> bool:
        """Whether the ledger itself says that a backup was put back."""
        async with self._ctx.store.read() as tx:
            at = max(after, 0)
            while page := await tx.ledger.rows(after=at, limit=PAGE):
                if any(row.kind == RESTORED for row in page):
                    return True
                at = page[-1].seq
        return False


def said(anchor: Anchor) -> str:
    """The small print for a channel; `audit verify --head` takes number and hash."""
    return f"Ledger signed to row {anchor.seq} `{anchor.hash[:32]}` at {anchor.at:%H:%M} UTC"


def last_anchor(file: Path) -> Anchor | None:
    """The newest head in a file; None where there is none."""
    if not file.is_file():
        return None
    heads = [line for line in witnesses(file.read_text("utf-8")) if "signature" in line]
    return (
        Anchor.model_validate({name: heads[-1].get(name) for name in Anchor.model_fields}) if heads else None
    )


def append_anchor(file: Path, anchor: Anchor) -> None:
    """Append a head to a file and have it on disk before returning."""
    append_line(file, anchor.model_dump(mode="json"))


def append_line(file: Path, line: dict[str, Any]) -> None:
    """Append one line and have it on disk before returning. A torn last line is ended first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as out:
        if out.tell() and not _ends_well(out.fileno(), out.tell()):
            out.write(b"\n")
        out.write(canonical(line) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _ends_well(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"
