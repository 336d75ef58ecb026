"""Migrations: one schema on both databases, safe when two releases start at once, owner and user apart."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import ProgrammingError

from bot.store import SqlStore, guards, open_database
from bot.store.migrations import migrate, standing
from bot.store.tables import METADATA
from bot.usecases.ports import StoreAway, StoreError
from tests.support.databases import our_engine, plain_engine
from tests.support.made import entry, incident
from tests.support.postgres import Postgres

_BY_EXPRESSION = "ix_job_ready"  # Alembic cannot compare what either database made of its expression
pytestmark = pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index",
    "ignore:Skipped unsupported reflection of expression-based index",
)


def test_the_migrated_schema_is_what_the_tables_say(any_url: str) -> None:
    by_name = {"include_object": lambda _o, name, *_: name != _BY_EXPRESSION}
    engine = our_engine(any_url)
    with engine.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=by_name), METADATA)
        made = {
            (table, index["name"], bool(index["unique"]), "where" in str(index.get("dialect_options")))
            for table in inspect(connection).get_table_names()
            for index in inspect(connection).get_indexes(table)
        }
    engine.dispose()
    assert differences == []
    for index in (i for t in METADATA.sorted_tables for i in t.indexes if i.name != _BY_EXPRESSION):
        partial = index.dialect_options["sqlite"]["where"] is not None
        assert (
            index.table.name if index.table is not None else "",
            index.name,
            index.unique,
            partial,
        ) in made


def test_migrating_twice_changes_nothing_and_says_so(any_url: str) -> None:
    done = migrate(any_url)
    assert done.before == done.after
    assert done.guards_restored == ()
    here = standing(any_url)
    assert not here.needs_migration
    assert here.guards_missing == ()


def test_an_empty_file_needs_migration_and_its_folder_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/new/breakwater.db"
    assert standing(url).needs_migration
    assert migrate(url).before is None
    assert not standing(url).needs_migration


@pytest.mark.real
def test_an_empty_postgresql_needs_migration(postgres_server: Postgres) -> None:
    url = postgres_server.empty()
    assert standing(url).needs_migration
    assert migrate(url).before is None
    assert not standing(url).needs_migration
    postgres_server.drop(url)


def _together(url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = [f.result() for f in [pool.submit(_migrate_process, url) for _ in range(3)]]
    newest = str(migrate(url).after)
    assert sorted(str(before) for before in done) == [newest, newest, "None"]


def _migrate_process(url: str) -> str | None:
    """In a process of its own: Alembic keeps what it does in a module."""
    code = f"from bot.store.migrations import migrate; print(migrate({url!r}).before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - as above
    return done.stdout.strip()


def test_releases_that_start_together_migrate_a_file_once(tmp_path: Path) -> None:
    _together(f"sqlite:///{tmp_path}/breakwater.db")


@pytest.mark.real
def test_releases_that_start_together_migrate_postgresql_once(postgres_server: Postgres) -> None:
    url = postgres_server.empty()
    _together(url)
    postgres_server.drop(url)


async def test_a_database_that_was_never_migrated_says_what_to_run(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/breakwater.db")
    with pytest.raises(StoreError, match="run `breakwater migrate`"):
        async with SqlStore(database).read() as tx:
            await tx.incidents.open()
    await database.close()


def test_a_server_that_is_gone_is_said_to_be_away(tmp_path: Path) -> None:
    with pytest.raises(StoreAway):
        migrate(f"postgresql://nobody@/nothing?host={tmp_path}")


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "breakwater.db", ""])
def test_a_url_that_will_not_do_is_refused_with_one_that_will(url: str) -> None:
    with pytest.raises(ValueError, match=r"write sqlite:///path/to/file\.db or postgresql://"):
        open_database(url)


@pytest.mark.real
async def test_the_applications_role_may_add_to_the_ledger_and_nothing_else(
    postgres_server: Postgres,
) -> None:
    owner = postgres_server.empty()
    postgres_server.ask("DROP ROLE IF EXISTS app")
    postgres_server.ask("CREATE ROLE app LOGIN")
    app = postgres_server.as_role("app", owner)
    migrate(app, owner)
    database = open_database(app)
    async with SqlStore(database).write() as tx:
        await tx.incidents.next_number(incident().environment)
        await tx.incidents.add(incident())
        await tx.jobs.want("card:INC-1", "card", "views")
        tx.ledger.append(entry("e_1"))
    async with SqlStore(database).read() as tx:
        assert [r.id for r in await tx.ledger.rows()] == ["e_1"]
    await database.close()
    engine = plain_engine(app)
    for forbidden in (
        "UPDATE ledger SET actor = 'carol'",
        "DELETE FROM ledger",
        "TRUNCATE ledger",
        "DROP TABLE ledger",
        "DROP TRIGGER ledger_no_change ON ledger",
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "DELETE FROM ledger_head",
        "UPDATE alembic_version SET version_num = '0'",
    ):
        with engine.connect() as connection, pytest.raises(ProgrammingError, match=r"permission|owner"):
            connection.exec_driver_sql(forbidden)
    with engine.connect() as connection:
        assert guards.guards_missing(connection) == []
    engine.dispose()
    assert standing(app).guards_missing == ()
    postgres_server.drop(owner)
    postgres_server.ask("DROP ROLE app")
