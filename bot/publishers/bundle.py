"""The ledger as files that an auditor can check without us: rows, heads, keys, content, and the verifier."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.domain.ledger import Head, Row, canonical, plain_row
from bot.domain.verifier.single import verify_py
from bot.usecases.ports import Context

FORMAT = "breakwater-ledger/2"
_PAGE = 1000
_README = """A Breakwater ledger, to be checked without Breakwater:

    python3 -I -S verify.py

rows.jsonl     every row in order, one a line, as it was hashed (`format` says over which members)
anchors.jsonl  signed heads, and time stamps on them: line by line what was kept outside the database
keys.json      the id of the key that signs (it is the public key, base64) and the keys it was rotated from
content/       controls, modes, gates and authority as rows name them by digest, and the runbooks of incidents
manifest.json  how many rows there are, where they end, and the SHA-256 of every file
verify.py      rehashes, checks signatures, heads and times, and replays the rules; its first lines say how

In a row `actor`, `role` and `proof` say who and how they were known, `data.before` (of a set
`data.observed`) what stood before and `data.level`, `data.levels` or `data.after` what was to stand then,
`data.numbers` on what evidence, `data.justification` or `data.reason` why; `request` by which request,
`content` and `code` under which policy and by which version.

Compare the id in keys.json with the one you were told elsewhere: python3 verify.py --key ID
Compare a head that was posted in Slack:                        python3 verify.py --head 57:9f2c41aa03be
A time stamp's own signature: openssl ts -verify -token_in -in token.tst -digest IMPRINT -CAfile tsa.pem
"""


async def ledger_bundle(
    ctx: Context, out_dir: Path, anchors: Path | None = None, keys: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Write the bundle; `keys` as in `keys.json`. Returns the manifest.

    A row's hash is the SHA-256 of the RFC 8785 form of what its format names. Raises StoreAway, OSError.
    """
    for folder in (out_dir, out_dir / "content"):
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    texts = {"README.txt": _README.encode(), "verify.py": verify_py().encode()}
    names = ["rows.jsonl"]
    if keys:
        texts["keys.json"] = canonical(dict(keys)) + b"\n"
    # Heads first: a row that is written meanwhile is then one too many, never a head without its row.
    if anchors is not None and await asyncio.to_thread(anchors.is_file):
        await asyncio.to_thread(shutil.copyfile, anchors, out_dir / "anchors.jsonl")
        names.append("anchors.jsonl")
    async with ctx.store.read() as tx:
        kept = await tx.keepsakes.kept()
    texts |= {f"content/{name}.json": canonical(body) + b"\n" for name, body in kept.items()}
    head, count = await _rows(ctx, out_dir / "rows.jsonl")
    for name, text in texts.items():
        await asyncio.to_thread((out_dir / name).write_bytes, text)
    manifest = {
        "format": FORMAT,
        "made_at": ctx.clock.wall().isoformat(),
        "environment": ctx.environment.value,
        "rows": count,
        "head": head.model_dump(),
        "row_hash": "SHA-256 over the RFC 8785 form of the row without its member `hash`",
        "files": {name: await asyncio.to_thread(_sha256, out_dir / name) for name in (*names, *texts)},
    }
    await asyncio.to_thread((out_dir / "manifest.json").write_bytes, canonical(manifest) + b"\n")
    return manifest


def row_line(row: Row) -> bytes:
    """A row as one line of canonical JSON, its times written as they are hashed."""
    return canonical(plain_row(row)) + b"\n"


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
