"""The ledger as files that an auditor can check without us: rows, anchors, and what they should add up to."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path
from typing import Any

from bot.domain.ledger import Head, Row, canonical, row_body
from bot.usecases.ports import Context

FORMAT = "breakwater-ledger/1"
_PAGE = 1000


async def ledger_bundle(ctx: Context, out_dir: Path, anchors: Path | None = None) -> dict[str, Any]:
    """Write rows.jsonl, anchors.jsonl (when there are any) and manifest.json; returns the manifest.

    A row's hash is the SHA-256 of its line's RFC 8785 form without `hash`. Raises StoreAway and OSError.
    """
    await asyncio.to_thread(out_dir.mkdir, parents=True, exist_ok=True)
    head, count = await _rows(ctx, out_dir / "rows.jsonl")
    names = ["rows.jsonl"]
    if anchors is not None and await asyncio.to_thread(anchors.is_file):
        await asyncio.to_thread(shutil.copyfile, anchors, out_dir / "anchors.jsonl")
        names.append("anchors.jsonl")
    manifest = {
        "format": FORMAT,
        "made_at": ctx.clock.wall().isoformat(),
        "environment": ctx.environment.value,
        "rows": count,
        "head": head.model_dump(),
        "row_hash": "SHA-256 over the RFC 8785 form of the row without its member `hash`",
        "files": {name: await asyncio.to_thread(_sha256, out_dir / name) for name in names},
    }
    await asyncio.to_thread((out_dir / "manifest.json").write_bytes, canonical(manifest) + b"\n")
    return manifest


def row_line(row: Row) -> bytes:
    """A row as one line of canonical JSON, its time written as it is hashed."""
    return canonical({**row_body(row), "hash": row.hash}) + b"\n"


async def _rows(ctx: Context, path: Path) -> tuple[Head, int]:
    head, count = Head(), 0
    with path.open("wb") as out:
        async with ctx.store.read() as tx:
            while page := await tx.ledger.rows(after=head.seq, limit=_PAGE):
                out.write(b"".join(row_line(row) for row in page))
                head, count = Head(seq=page[-1].seq, hash=page[-1].hash), count + len(page)
    return head, count


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
