"""Rehashing the ledger against its anchors, and taking it out as a bundle."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import typer
from pydantic import ValidationError

from bot.bootstrap.build import opened, read_content
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.domain.ledger import Anchor, Restoration, Row, find_flaw, restorations
from bot.publishers.bundle import ledger_bundle
from bot.store import WORKER_PATIENCE, SqlStore, open_database
from bot.usecases.ports import Store

PAGE = 5000


def verify(anchors: Path | None) -> None:
    """Rehash every row and compare with the signed heads. Raises SettingsError naming the first bad row.

    An auditor has no key of ours: without it the heads must be signed by the keys they name, which are told.
    """
    settings = read_settings()
    path = anchors or settings.anchors_file
    if anchors is not None and not path.exists():
        raise SettingsError(f"There is no file {path}.")
    heads = read_anchors(path) if path.exists() else []
    rows = asyncio.run(_rows(settings))
    trusted = _public_key(settings.ledger_key_file)
    flaw = find_flaw(rows, heads, trusted)
    if flaw is not None:
        raise SettingsError(f"The ledger does not hold: {flaw.what}.")
    said = f"{len(rows)} rows hold together" + (f" and match {len(heads)} signed heads." if heads else ".")
    typer.echo(said if heads else said + " No signed heads were given, so a cut tail would not show.")
    for made in restorations(rows):
        typer.echo(_restored(made))
    if heads and trusted is None:
        signers = ", ".join(sorted({head.key_id for head in heads}))
        typer.echo(f"There is no LEDGER_KEY_FILE here to compare with; the heads are signed by {signers}.")


def _restored(made: Restoration) -> str:
    """A restored ledger is whole and yet not all there was: that is said each time."""
    said = f"Row {made.seq}: {made.actor} put a backup back at {made.at:%Y-%m-%d %H:%M} UTC"
    if not made.lost:
        return f"{said}."
    first, last = made.lost[0].seq, made.lost[-1].seq
    seqs = f"row {last}" if first == last else f"rows {first} to {last}"
    return f"{said}; signed heads of {seqs} bear witness to a course that is lost."


def export(to: Path) -> None:
    """Write rows, signed heads and a manifest into a new folder. Raises SettingsError."""
    settings = read_settings()
    if to.exists() and any(to.iterdir()):
        raise SettingsError(f"{to} is not empty; name a new folder.")
    asyncio.run(_export(settings, to))
    typer.echo(f"The ledger is in {to}.")


def read_anchors(path: Path) -> list[Anchor]:
    """Signed heads, one JSON object a line. Raises SettingsError naming the first line that is none."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            found.append(Anchor.model_validate_json(line))
        except ValidationError:
            raise SettingsError(f"{path}:{number}: not a signed head.") from None
    return found


async def every_row(store: Store) -> list[Row]:
    """The whole ledger, in order."""
    rows: list[Row] = []
    async with store.read() as tx:
        while page := await tx.ledger.rows(after=rows[-1].seq if rows else 0, limit=PAGE):
            rows += page
    return rows


def _public_key(path: Path) -> str | None:
    """The ledger's public key as heads name it, where its file is."""
    if not path.exists():
        return None
    return base64.b64encode(ledger_key(path).public_key().public_bytes_raw()).decode()


async def _rows(settings: Settings) -> list[Row]:
    database = open_database(settings.database_url, patience=WORKER_PATIENCE)
    try:
        return await every_row(SqlStore(database))
    finally:
        await database.close()


async def _export(settings: Settings, to: Path) -> None:
    content = read_content(settings, resolve_env=False)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        await ledger_bundle(parts.ctx, to, settings.anchors_file)
