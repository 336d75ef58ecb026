"""Bringing a database to the newest revision, from code and without any file outside the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, exc, text

from bot.store import guards
from bot.store.engines import Url, parse_url, sync_engine
from bot.store.migrations.grants import grant
from bot.usecases.ports.errors import StoreAway

_LOCK = 7_221_904  # the advisory lock that releases take on PostgreSQL, one after the other


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a database stands: its revision (None for an empty one), the newest, and guards that are gone."""

    revision: str | None
    newest: str
    guards_missing: tuple[str, ...] = ()

    @property
    def needs_migration(self) -> bool:
        """Whether `migrate` has something to do before the product may start."""
        return self.revision != self.newest


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: from which revision to which, and the guards it had to put back."""

    before: str | None
    after: str
    guards_restored: tuple[str, ...]


def migrate(url: str, owner_url: str | None = None) -> Migrated:
    """Bring the database to the newest revision; two at once wait for each other.

    `owner_url` names the role that owns the tables. When it is another than the one in `url`, that one may
    add to the ledger and do nothing else to it. Raises StoreAway when the database is locked or gone,
    ValueError for a URL that is none.
    """
    app, owner = parse_url(url), parse_url(owner_url or url)
    with _connected(owner) as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _revision(connection)
        newest = _newest()
        if before != newest:
            command.upgrade(_config(connection), "head")
        missing = guards.guards_missing(connection)
        if missing:
            guards.install(connection)
        if not app.is_sqlite and app.parsed.username not in (None, owner.parsed.username):
            grant(connection, str(app.parsed.username))
        return Migrated(before, newest, tuple(missing))


def standing(url: str) -> Standing:
    """Where a database stands. Raises StoreAway when it cannot be asked."""
    with _connected(parse_url(url)) as connection:
        revision = _revision(connection)
        missing = guards.guards_missing(connection) if revision else []
        return Standing(revision, _newest(), tuple(missing))


@contextmanager
def _connected(url: Url) -> Iterator[Connection]:
    engine = sync_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    except exc.OperationalError as error:
        raise StoreAway(f"The database cannot be migrated or read: {error.orig}") from error
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _newest() -> str:
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise RuntimeError("the package has lost its migrations")
    return newest


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
