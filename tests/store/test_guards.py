"""The ledger can only be added to, even by whoever has SQL; and missing guards are noticed and put back."""

# ruff: noqa: S608 - the statements are made of this file's own words

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, String, text
from sqlalchemy.exc import DBAPIError

from bot.domain.ledger import Row, find_flaw
from bot.store import SqlStore, guards
from bot.store.migrations import migrate, standing
from tests.support.databases import our_engine, plain_engine
from tests.support.made import entry

BODY = "at, environment, kind, actor, role, incident_id, data"
REST = "format, written_at, proof, request, content, code"
COLUMNS = f"seq, id, {BODY}, prev_hash, hash, {REST}"
FORGERIES = {
    "an edit": "UPDATE ledger SET actor = 'carol' WHERE seq = 2",
    "a cut tail": "DELETE FROM ledger WHERE seq = 3",
    "an emptied ledger": "DELETE FROM ledger",
    "a gap": f"INSERT INTO ledger SELECT 9, 'x', {BODY}, hash, 'x', {REST} FROM ledger WHERE seq = 3",
    "a fork": f"INSERT INTO ledger SELECT 4, 'x', {BODY}, prev_hash, 'x', {REST} FROM ledger WHERE seq = 3",
    "an unlocked head": "DELETE FROM ledger_head",
    "a moved head": "UPDATE ledger_head SET id = 2",
    "a row put first": (
        f"INSERT INTO ledger SELECT 0, 'x', {BODY}, 'x', 'x', {REST} FROM ledger WHERE seq = 3"
    ),
}
FORGERIES_SQLITE = {
    "a replaced row": f"INSERT OR REPLACE INTO ledger SELECT {COLUMNS} FROM ledger WHERE seq = 3",
    "a REPLACE": f"REPLACE INTO ledger SELECT {COLUMNS} FROM ledger WHERE seq = 2",
    "a row replaced by its id": (
        f"REPLACE INTO ledger SELECT 4, 'e_1', {BODY}, hash, 'x', {REST} FROM ledger WHERE seq = 3"
    ),
    "a row replaced by its hash": (
        f"REPLACE INTO ledger SELECT 4, 'x', {BODY}, hash, (SELECT hash FROM ledger WHERE seq = 1),"
        f" {REST} FROM ledger WHERE seq = 3"
    ),
    "an edit that replaces": "UPDATE OR REPLACE ledger SET id = 'e_1' WHERE seq = 2",
    "an edit that is ignored": "UPDATE OR IGNORE ledger SET actor = 'carol' WHERE seq = 2",
    "a row without a number": f"INSERT INTO ledger SELECT NULL, 'x', {BODY}, hash, 'x', {REST} FROM ledger",
    "an upsert": (
        f"INSERT INTO ledger SELECT {COLUMNS} FROM ledger WHERE seq = 3"
        " ON CONFLICT (seq) DO UPDATE SET actor = 'carol'"
    ),
}
FORGERIES_POSTGRES = {
    "a truncation": "TRUNCATE ledger",
    "a truncation of more": "TRUNCATE ledger, job CASCADE",
    "a truncation of the head": "TRUNCATE ledger_head",
    "a head deleted as a replica": "SET session_replication_role = replica; DELETE FROM ledger_head",
    "an edit as a replica": "SET session_replication_role = replica; DELETE FROM ledger",
    "an upsert": (
        f"INSERT INTO ledger SELECT {COLUMNS} FROM ledger WHERE seq = 3"
        " ON CONFLICT (seq) DO UPDATE SET actor = 'carol'"
    ),
    "a merge": (
        "MERGE INTO ledger l USING (SELECT 2 AS seq) s ON l.seq = s.seq"
        " WHEN MATCHED THEN UPDATE SET actor = 'carol'"
    ),
}


@pytest.fixture
async def written(any_store: SqlStore, any_url: str) -> str:
    """A database whose ledger has three rows; its URL."""
    async with any_store.write() as tx:
        for number in (1, 2, 3):
            tx.ledger.append(entry(f"e_{number}"))
    return any_url


@pytest.fixture
def anybody(written: str) -> Iterator[Engine]:
    """Whoever has the password, with none of our settings."""
    engine = plain_engine(written)
    yield engine
    engine.dispose()


def _forgeries(engine: Engine) -> dict[str, str]:
    return FORGERIES | (FORGERIES_SQLITE if engine.dialect.name == "sqlite" else FORGERIES_POSTGRES)


def _rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(r) for r in connection.execute(text(f"SELECT {COLUMNS} FROM ledger ORDER BY seq"))]


def test_no_statement_changes_the_ledger(anybody: Engine) -> None:
    with anybody.connect() as connection:
        before = [(r[0], r[1], r[9], r[10]) for r in _rows(connection)]
    answers = {what: _answer(anybody, statement) for what, statement in _forgeries(anybody).items()}
    assert {w: a for w, a in answers.items() if "append-only" not in a and "entry already" not in a} == {}
    with anybody.connect() as connection:
        assert [(r[0], r[1], r[9], r[10]) for r in _rows(connection)] == before


def _answer(engine: Engine, statement: str) -> str:
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        return str(error)
    return "it passed"


def test_without_any_one_guard_some_forgery_passes_and_the_guard_is_missed(anybody: Engine) -> None:
    for guard in guards.NAMES[anybody.dialect.name]:
        passed = [f for f in _forgeries(anybody).values() if _passes_without(anybody, guard, f)]
        assert passed != [], guard


def _passes_without(engine: Engine, guard: str, forgery: str) -> bool:
    with engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(_drop(engine, guard))
        assert guards.guards_missing(connection) == [guard]
        try:
            connection.exec_driver_sql(forgery)
        except DBAPIError:
            return False
        finally:
            transaction.rollback()
    return True


def _drop(engine: Engine, guard: str) -> str:
    on = "" if engine.dialect.name == "sqlite" else f" ON {guards.table_of(guard)}"
    return f"DROP TRIGGER {guard}{on}"


def test_migrating_again_puts_a_missing_guard_back(written: str, anybody: Engine) -> None:
    with anybody.begin() as connection:
        connection.exec_driver_sql(_drop(anybody, "ledger_in_order"))
    assert standing(written).guards_missing == ("ledger_in_order",)
    assert migrate(written).guards_restored == ("ledger_in_order",)
    assert standing(written).guards_missing == ()


def test_a_head_that_was_deleted_without_its_guard_is_missed_and_comes_back(
    written: str, anybody: Engine
) -> None:
    guard = next(g for g in guards.NAMES[anybody.dialect.name] if g.startswith("ledger_head_no_"))
    with anybody.begin() as connection:
        for name in guards.NAMES[anybody.dialect.name]:
            if guards.table_of(name) == "ledger_head":
                connection.exec_driver_sql(_drop(anybody, name))
        connection.exec_driver_sql("DELETE FROM ledger_head")
    assert {guard, guards.HEAD_ROW} <= set(standing(written).guards_missing)
    migrate(written)
    assert standing(written).guards_missing == ()


def test_a_rebuilt_table_loses_its_guards_and_installing_brings_them_back(written: str) -> None:
    """Alembic's batch mode copies the table on SQLite and drops the old one with its triggers."""
    engine = our_engine(written)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("ledger", recreate="always") as batch:
            batch.alter_column("actor", existing_type=String(), type_=String(200))
        lost = guards.guards_missing(connection)
        guards.install(operations.get_bind())
        assert guards.guards_missing(connection) == []
        assert set(lost) == {g for g in guards.NAMES[engine.dialect.name] if guards.table_of(g) == "ledger"}
    engine.dispose()


CHANGED_SQLITE = [
    (
        "DROP TRIGGER ledger_no_update",
        "CREATE TRIGGER ledger_no_update AFTER DELETE ON job BEGIN SELECT 1; END",
    ),
    (
        "DROP TRIGGER ledger_no_delete",
        "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT 1; END",
    ),
]
CHANGED_POSTGRES = [
    ("ALTER TABLE ledger DISABLE TRIGGER ledger_no_change",),
    ("ALTER TABLE ledger ENABLE TRIGGER ledger_no_change",),
    ("CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",),
    ("CREATE OR REPLACE TRIGGER ledger_no_change BEFORE UPDATE ON ledger EXECUTE FUNCTION ledger_refuse()",),
]


def test_a_guard_that_is_switched_off_or_changed_is_missed(anybody: Engine) -> None:
    changes = CHANGED_SQLITE if anybody.dialect.name == "sqlite" else CHANGED_POSTGRES
    for change in changes:
        with anybody.connect() as connection, connection.begin() as transaction:
            for statement in change:
                connection.exec_driver_sql(statement)
            assert guards.guards_missing(connection) != [], change
            transaction.rollback()


async def test_the_guards_leave_appending_alone(written: str, any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        tx.ledger.append(entry("e_4"))
    async with any_store.read() as tx:
        rows: list[Row] = await tx.ledger.rows()
    assert [r.seq for r in rows] == [1, 2, 3, 4]
    assert find_flaw(rows) is None
