"""Keeping a deployment in order: the database's revision, its backup, and going on from one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.bootstrap.build import opened, read_content
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.operator import operator
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.cli.audit import every_row, read_anchors
from bot.domain.ledger import Head, heads_lost, sign
from bot.publishers.notary import append_anchor
from bot.store import WORKER_PATIENCE, SqlStore, open_database
from bot.store.backups import copy_database, put_back, sqlite_path
from bot.store.migrations.run import migrate as migrate_database
from bot.usecases.ports import StoreError
from bot.usecases.reload import ProcessState, processes
from bot.usecases.restoring import Restored
from bot.usecases.restoring import restore as take_up


def migrate() -> None:
    """Bring the database to the newest revision. Raises StoreAway, OSError."""
    settings = read_settings()
    done = migrate_database(settings.database_url, settings.owner_database_url)
    if done.guards_restored:
        typer.echo(f"Guards put back: {', '.join(done.guards_restored)}.")
    typer.echo(f"The database is at {done.after}." if done.before != done.after else "Nothing to do.")


def backup(to: Path) -> None:
    """Copy the database as it stands now into a new file. Raises SettingsError, StoreError, OSError."""
    settings = read_settings()
    file = sqlite_path(settings.database_url)
    if file is None:
        raise SettingsError(
            f"DATABASE_URL is PostgreSQL, which has its own: pg_dump --format=custom --file={to}"
        )
    copy_database(file, to)
    typer.echo(f"The database is in {to}.")


def restore(backup_file: Path | None) -> None:
    """Put a backup back and go on from it under a new epoch. Raises SettingsError, StoreError, OSError."""
    settings = read_settings()
    read_content(settings, resolve_env=False)
    asyncio.run(_nobody_works(settings))
    if backup_file is not None:
        _put_back(settings, backup_file)
    migrate_database(settings.database_url, settings.owner_database_url)
    asyncio.run(_restore(settings))


def _put_back(settings: Settings, backup_file: Path) -> None:
    file = sqlite_path(settings.database_url)
    if file is None:
        raise SettingsError(
            f"DATABASE_URL is PostgreSQL: pg_restore --clean --if-exists --dbname=… {backup_file}, "
            "then `breakwater restore` without a file."
        )
    aside = put_back(backup_file, file, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    typer.echo(f"{backup_file} is in place." + (f" What was there is {aside} now." if aside else ""))


async def _nobody_works(settings: Settings) -> None:
    """Raises SettingsError while a process works on this database, where that can be asked."""
    file = sqlite_path(settings.database_url)
    if file is not None and not file.exists():
        return
    database = open_database(settings.database_url, patience=WORKER_PATIENCE)
    found: dict[str, ProcessState] = {}
    try:
        async with SqlStore(database).read() as tx:
            found = await processes(tx, datetime.now(UTC))
    except StoreError as broken:
        typer.echo(f"Whether a process still works on it cannot be asked ({broken})")
    finally:
        await database.close()
    if found:
        names = ", ".join(f"{state.role} {name}" for name, state in sorted(found.items()))
        raise SettingsError(f"Stop every process first, or wait 45 s after one was killed: {names}.")


async def _restore(settings: Settings) -> None:
    content = read_content(settings, resolve_env=False)
    key = ledger_key(settings.ledger_key_file)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        rows, file = await every_row(parts.ctx.store), settings.anchors_file
        lost = heads_lost(rows, read_anchors(file)) if file.exists() else []
        done = await take_up(parts.ctx, operator("command line"), lost)
        async with parts.ctx.store.read() as tx:
            head = await tx.ledger.head()
        append_anchor(file, sign(head, parts.ctx.clock.wall(), key))
    _say(done, lost)


def _say(done: Restored, lost: list[Head]) -> None:
    typer.echo(f"Epoch {done.epoch}; before it was {done.before}.")
    typer.echo(f"The ledger went on to row {done.head.seq}; {_loss(lost)}.")
    if done.incidents:
        said = f"{done.reopenings} reopenings and {done.proposals} open proposals of theirs have ended"
        typer.echo(f"Open: {', '.join(done.incidents)}; {said}.")
    typer.echo(f"{done.controls} controls are read again as soon as a worker runs.")
    typer.echo("Start the processes, then: breakwater doctor, and `/control list` in Slack.")


def _loss(lost: list[Head]) -> str:
    if not lost:
        return "no signed head speaks of more"
    heads = "a signed head speaks" if len(lost) == 1 else f"{len(lost)} signed heads speak"
    return f"{heads} of rows up to {lost[-1].seq} that it does not have, and the ledger says so now"
