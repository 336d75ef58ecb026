"""What drivers raise, said in the store's own errors, each with a sentence that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import exc

from bot.domain.errors import Stale
from bot.usecases.ports.errors import StoreAway, StoreError

AGAIN: Final = "Nothing was done; try again in a moment."
LOCKED: Final = f"The database is busy: another process holds its lock. {AGAIN}"
_SHUT = "Nothing was done. Let this process write to the database's file and its folder, or set DATABASE_URL."
GONE: Final = f"The database cannot be reached. {AGAIN}"
_IN_DOUBT = (
    "The database was lost while it was recording this. It may or may not have been recorded: "
    "look before you repeat it."
)
_NOT_MIGRATED = "The database is not at this version's revision; run `breakwater migrate`."
_FIRST = "Somebody else was first: this has been recorded already. Look again."

# What SQLite's guard says, before the constraint behind it could.
_HAS_IT = "the ledger has this entry already"
_SQLITE_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_AWAY = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
}
_SQLITE_SHUT = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PG_UNIQUE = "23505"
_PG_NO_TABLE_OR_COLUMN = {"42P01", "42703"}
_PG_BUSY = {"55P03", "40P01", "40001", "57014"}  # no lock in time, deadlock, overtaken, statement out of time
_PG_READ_ONLY = "25006"  # a standby that nobody promoted


DRIVERS: Final = (sqlite3.Error, psycopg.Error)


@contextmanager
def told(*, committing: bool = False) -> Iterator[None]:
    """Turn what drivers raise into StoreAway, StoreError or Stale; what is our own defect passes as it is."""
    try:
        yield
    except (exc.DBAPIError, *DRIVERS) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            said = _of_sqlite(cause)
        elif isinstance(cause, psycopg.Error):
            said = _of_postgres(cause, committing=committing)
        else:
            raise
        if said is None:
            raise
        raise said from error


def _of_sqlite(error: sqlite3.Error) -> Exception | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code in _SQLITE_UNIQUE or _HAS_IT in str(error):
        return Stale(_FIRST)
    if code & 0xFF in _SQLITE_BUSY:  # the primary code, of which there are finer ones
        return StoreAway(LOCKED)
    if code & 0xFF in _SQLITE_SHUT:
        return StoreAway(f"The database cannot be used ({error}). {_SHUT}")
    if code & 0xFF in _SQLITE_AWAY:
        return StoreAway(f"The database cannot be used ({error}). {AGAIN}")
    if "no such table" in str(error) or "no such column" in str(error):
        return StoreError(_NOT_MIGRATED)
    return None


def _of_postgres(error: psycopg.Error, *, committing: bool) -> Exception | None:
    state = error.sqlstate
    if state == _PG_UNIQUE:
        return Stale(_FIRST)
    if state in _PG_NO_TABLE_OR_COLUMN:
        return StoreError(_NOT_MIGRATED)
    if state in _PG_BUSY:
        return StoreAway(LOCKED)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or state == _PG_READ_ONLY:
        return StoreAway(_IN_DOUBT if committing else GONE)
    return None
