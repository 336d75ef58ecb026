"""Checking the ledger with its own verifier, taking it out as a bundle, and giving it another key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.bootstrap.build import opened, read_content
from bot.bootstrap.keys import key_id, known_keys_file, ledger_key, rotate
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.domain.ledger import Anchor, Row, plain_row, sign
from bot.domain.verifier.canon import Json
from bot.domain.verifier.command import report, sentences, witnesses
from bot.domain.verifier.examine import Evidence, examine
from bot.domain.verifier.heads import known_keys
from bot.publishers.bundle import ledger_bundle
from bot.publishers.notary import append_anchor
from bot.store import WORKER_PATIENCE, SqlStore, open_database
from bot.usecases.ports import Store

PAGE = 5000


def verify(anchors: Sequence[Path], told: Sequence[tuple[int, str]] = (), *, as_json: bool = False) -> None:
    """Rehash every row, compare with the signed heads, and replay the rules of `bot.domain.verifier`.

    An auditor has no key of ours: without it the heads must be signed by the keys they name, which are told.
    Raises SettingsError naming the first bad row.
    """
    settings = read_settings()
    files = anchors or [path for path in (settings.anchors_file,) if path.exists()]
    lines = [line for path in files for line in witnesses(path.read_text("utf-8"))]
    heads, stamps = [x for x in lines if "signature" in x], [x for x in lines if "token" in x]
    rows, contents = asyncio.run(_kept(settings))
    found = Evidence([plain_row(row) for row in rows], heads, stamps, contents, told, _trusted(settings))
    flaw = examine(found)
    made = report(found, flaw)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    if flaw is not None:
        raise SettingsError("\n".join(sentences(made)))
    if not as_json:
        typer.echo("\n".join(sentences(made)))


def export(to: Path) -> None:
    """Write the bundle into a new folder. Raises SettingsError."""
    settings = read_settings()
    if to.exists() and any(to.iterdir()):
        raise SettingsError(f"{to} is not empty; name a new folder.")
    asyncio.run(_export(settings, to))
    typer.echo(f"The ledger is in {to}; whoever has Python checks it with: python3 {to / 'verify.py'}")


def rotate_key() -> None:
    """Give the ledger another key, which the old one vouches for. Raises SettingsError, OSError."""
    settings = read_settings()
    path = settings.ledger_key_file
    if not path.exists():
        raise SettingsError(f"There is no key at {path} (LEDGER_KEY_FILE); one is made at the first start.")
    made = rotate(path, datetime.now(UTC))
    asyncio.run(_anchor(settings))
    typer.echo(f"{made['to']} signs from now on; {made['from']} stays known in {known_keys_file(path)}.")
    typer.echo("Start every process again, and note the new id where an auditor will ask for it.")


def read_anchors(path: Path) -> list[Anchor]:
    """The signed heads in a file; other lines, and those that a crash tore, are passed over."""
    members = Anchor.model_fields
    return [
        Anchor.model_validate({name: line[name] for name in members})
        for line in witnesses(path.read_text("utf-8"))
        if members.keys() <= line.keys()
    ]


async def every_row(store: Store) -> list[Row]:
    """The whole ledger, in order."""
    rows: list[Row] = []
    async with store.read() as tx:
        while page := await tx.ledger.rows(after=rows[-1].seq if rows else 0, limit=PAGE):
            rows += page
    return rows


def keys_of(settings: Settings) -> Json:
    """The keys as a bundle has them: the one that signs where its file is, and what it was rotated from."""
    path = settings.ledger_key_file
    current = {"current": key_id(ledger_key(path))} if path.exists() else {}
    known = known_keys_file(path)
    lines = known.read_text("utf-8").splitlines() if known.exists() else []
    return {**current, "rotations": [json.loads(line) for line in lines]}


def _trusted(settings: Settings) -> frozenset[str] | None:
    """The ids of the keys that heads may bear; None where no key is at hand."""
    keys = keys_of(settings)
    return known_keys(keys, [keys["current"]]) if "current" in keys else None


async def _kept(settings: Settings) -> tuple[list[Row], dict[str, Json]]:
    database = open_database(settings.database_url, patience=WORKER_PATIENCE)
    try:
        store = SqlStore(database)
        async with store.read() as tx:
            contents = await tx.keepsakes.kept()
        return await every_row(store), contents
    finally:
        await database.close()


async def _export(settings: Settings, to: Path) -> None:
    content = read_content(settings, resolve_env=False)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        await ledger_bundle(parts.ctx, to, settings.anchors_file, keys_of(settings))


async def _anchor(settings: Settings) -> None:
    """Sign the head as it stands with the key of now."""
    database = open_database(settings.database_url, patience=WORKER_PATIENCE)
    try:
        async with SqlStore(database).read() as tx:
            head = await tx.ledger.head()
    finally:
        await database.close()
    append_anchor(settings.anchors_file, sign(head, datetime.now(UTC), ledger_key(settings.ledger_key_file)))
