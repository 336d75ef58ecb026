"""Rehashing the ledger against its anchors, and taking it out as a bundle."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import typer
from pydantic import ValidationError

from bot.bootstrap.build import opened, read_content
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.domain.ledger import Anchor, Flaw, Row, find_flaw
from bot.publishers.bundle import ledger_bundle
from bot.store import WORKER_PATIENCE
from bot.usecases.ports import Store

PAGE = 5000


def verify(anchors: Path | None) -> None:
    """Rehash every row and compare with the signed heads. Raises SettingsError naming the first bad row."""
    settings = read_settings()
    path = anchors or settings.anchors_file
    if anchors is not None and not path.exists():
        raise SettingsError(f"There is no file {path}.")
    heads = read_anchors(path) if path.exists() else []
    rows, flaw = asyncio.run(_verify(settings, heads))
    if flaw is not None:
        raise SettingsError(f"The ledger does not hold: {flaw.what}.")
    said = f"{rows} rows hold together" + (f" and match {len(heads)} signed heads." if heads else ".")
    typer.echo(said if heads else said + " No signed heads were given, so a cut tail would not show.")


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


async def _verify(settings: Settings, heads: list[Anchor]) -> tuple[int, Flaw | None]:
    content = read_content(settings, resolve_env=False)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        rows = await every_row(parts.ctx.store)
        trusted = base64.b64encode(parts.key.public_key().public_bytes_raw()).decode()
        return len(rows), find_flaw(rows, heads, trusted)


async def _export(settings: Settings, to: Path) -> None:
    content = read_content(settings, resolve_env=False)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        await ledger_bundle(parts.ctx, to, settings.anchors_file)
