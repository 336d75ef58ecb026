"""Signed heads of the ledger, taken to where the database's owner cannot reach: a file and a channel."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.ledger import Anchor, canonical, sign
from bot.usecases import work
from bot.usecases.ports import Again, Context, Handler, Job, Retry


def anchor_handlers(ctx: Context, key: Ed25519PrivateKey, file: Path) -> dict[str, Handler]:
    """Handlers by job kind. `anchor` has the payload {"incident": id}.

    The head goes into the file first and into the channel after, so that a crash between the two leaves a
    line too many there, never one too few; the channel hears of each job once.
    """

    async def anchor(job: Job) -> Again | None:
        async with ctx.store.read() as tx:
            head = await tx.ledger.head()
        signed = sign(head, ctx.clock.wall(), key)
        try:
            await asyncio.to_thread(append_anchor, file, signed)
        except OSError as error:
            raise Retry(f"the signed head could not be written to {file}: {error.strerror}") from error
        async with ctx.store.write() as tx:
            if await tx.keepsakes.first_time("anchor", job.key, ctx.clock.now()):
                await work.say(tx, job.key, str(job.payload["incident"]), said(signed), quiet=True)
        return None

    return {"anchor": anchor}


def said(anchor: Anchor) -> str:
    """The line for the channel; the file has hash and signature in full."""
    return f"Ledger head {anchor.seq} {anchor.hash[:12]}… signed {anchor.signature[:12]}…"


def append_anchor(file: Path, anchor: Anchor) -> None:
    """Append one line and have it on disk before returning. A torn last line is ended first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as out:
        if out.tell() and not _ends_well(out.fileno(), out.tell()):
            out.write(b"\n")
        out.write(canonical(anchor.model_dump(mode="json")) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _ends_well(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"
