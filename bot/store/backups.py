"""Copies of a SQLite database, taken while it is in use, and put back. PostgreSQL has pg_dump for this."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store.engines import parse_url
from bot.usecases.ports.errors import StoreError

_BESIDE = ("", "-wal", "-shm")


def sqlite_path(url: str) -> Path | None:
    """The file a URL names; None for a server."""
    parsed = parse_url(url)
    return Path(parsed.parsed.database or "").expanduser().absolute() if parsed.is_sqlite else None


def copy_database(source: Path, to: Path) -> None:
    """Copy a database as it stands at one moment into a new file. Raises StoreError, OSError."""
    if not source.exists():
        raise StoreError(f"There is no database {source}.")
    if to.exists():
        raise StoreError(f"{to} is there already; name a new file.")
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        part.unlink()
        raise StoreError(f"{source} cannot be copied: {error}.") from error
    _sound(part, str(source))
    _on_disk(part)
    part.replace(to)


def put_back(backup: Path, over: Path, stamp: str) -> Path | None:
    """Put a backup where the database is; returns where the old one lies now, None where there was none.

    Raises StoreError for a file that is no sound backup of ours, and changes nothing then.
    """
    if not backup.is_file():
        raise StoreError(f"There is no file {backup}.")
    over.parent.mkdir(parents=True, exist_ok=True)
    coming = over.with_name(f"{over.name}.coming")
    shutil.copyfile(backup, coming)
    coming.chmod(0o600)
    _sound(coming, str(backup))
    _on_disk(coming)
    aside = over.with_name(f"{over.name}.replaced-{stamp}") if over.exists() else None
    for end in _BESIDE:
        old = over.with_name(over.name + end)
        if aside is not None and old.exists():
            old.replace(aside.with_name(aside.name + end))
    coming.replace(over)
    return aside


def _sound(path: Path, called: str) -> None:
    """Raises StoreError, and removes the file, unless it is a whole database with a ledger in it."""
    try:
        with closing(sqlite3.connect(path)) as database:
            (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            database.execute("SELECT count(*) FROM ledger").fetchone()
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        path.unlink()
        raise StoreError(f"{called} is no sound database of Breakwater: {said}.")


def _on_disk(path: Path) -> None:
    with path.open("rb") as copied:
        os.fsync(copied.fileno())
