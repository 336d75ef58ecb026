"""Guards in the database itself: the ledger can be added to, and nothing else, not even by SQL.

The row that appenders lock is guarded as well: without it nobody would wait for anybody.

Facts this rests on, tried on SQLite 3.40 and PostgreSQL 18:
- SQLite's INSERT OR REPLACE deletes the row it replaces without firing DELETE triggers, unless the connection
  asked for recursive triggers. A BEFORE INSERT trigger runs first, so that one refuses what would replace.
- A table that is rebuilt (Alembic's batch mode) loses its triggers without a word.
- PostgreSQL's TRUNCATE fires TRUNCATE triggers alone, and a replication role skips all triggers that are not
  ENABLE ALWAYS.
Whoever owns a table can drop its triggers: let OWNER_DATABASE_URL name another role where that matters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, text

_T = TypeVar("_T")
HEAD_ROW: Final = "ledger_head_row"  # no trigger, but as needed as one
_SQLITE: Final = {
    "ledger_no_update": """
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_no_delete": """
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_in_order": """
CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
  OR NEW.prev_hash IS NOT coalesce(
    (SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_no_replace": """
CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the ledger has this entry already'); END""",
    "ledger_head_no_update": """
CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_head_no_delete": """
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
}
_REFUSE: Final = " BEGIN RAISE EXCEPTION 'the ledger is append-only'; END "
_FOLLOW: Final = """
DECLARE last record;
BEGIN
  SELECT seq, hash INTO last FROM ledger ORDER BY seq DESC LIMIT 1;
  IF NEW.seq IS DISTINCT FROM coalesce(last.seq, 0) + 1
     OR NEW.prev_hash IS DISTINCT FROM coalesce(last.hash,
       '0000000000000000000000000000000000000000000000000000000000000000') THEN
    RAISE EXCEPTION 'the ledger is append-only';
  END IF;
  RETURN NEW;
END """
_FUNCTIONS: Final = {"ledger_refuse": _REFUSE, "ledger_follow": _FOLLOW}
_POSTGRES: Final = {
    "ledger_no_change": ("BEFORE UPDATE OR DELETE ON ledger FOR EACH STATEMENT", "ledger_refuse"),
    "ledger_no_truncate": ("BEFORE TRUNCATE ON ledger FOR EACH STATEMENT", "ledger_refuse"),
    "ledger_in_order": ("BEFORE INSERT ON ledger FOR EACH ROW", "ledger_follow"),
    "ledger_head_no_change": ("BEFORE UPDATE OR DELETE ON ledger_head FOR EACH STATEMENT", "ledger_refuse"),
    "ledger_head_no_truncate": ("BEFORE TRUNCATE ON ledger_head FOR EACH STATEMENT", "ledger_refuse"),
}

NAMES: Final = {"sqlite": tuple(_SQLITE), "postgresql": tuple(_POSTGRES)}


def install(connection: Connection) -> None:
    """Put every guard in its place, whether or not one stands there, and the row that appenders lock.

    A migration that rebuilds the ledger ends with `guards.install(op.get_bind())`.
    """
    connection.exec_driver_sql(
        "INSERT INTO ledger_head (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM ledger_head)"
    )
    _on(connection, _install_sqlite, _install_postgres)


def table_of(guard: str) -> str:
    """The table that a guard stands on."""
    return "ledger_head" if guard.startswith("ledger_head_") else "ledger"


def guards_missing(connection: Connection) -> list[str]:
    """Names of the guards that are absent, switched off or changed; empty when the ledger is safe."""
    row = connection.exec_driver_sql("SELECT 1 FROM ledger_head").first()
    return _on(connection, _missing_sqlite, _missing_postgres) + ([] if row else [HEAD_ROW])


def _on(
    connection: Connection, sqlite: Callable[[Connection], _T], postgres: Callable[[Connection], _T]
) -> _T:
    return (sqlite if connection.dialect.name == "sqlite" else postgres)(connection)


def _install_sqlite(connection: Connection) -> None:
    for name, statement in _SQLITE.items():
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.exec_driver_sql(statement)


def _install_postgres(connection: Connection) -> None:
    for name, body in _FUNCTIONS.items():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
        )
    for name, (when, function) in _POSTGRES.items():
        connection.exec_driver_sql(f"CREATE OR REPLACE TRIGGER {name} {when} EXECUTE FUNCTION {function}()")
        connection.exec_driver_sql(f"ALTER TABLE {table_of(name)} ENABLE ALWAYS TRIGGER {name}")


def _missing_sqlite(connection: Connection) -> list[str]:
    query = """
SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('ledger', 'ledger_head')"""
    standing = {name: sql.strip() for name, sql in connection.exec_driver_sql(query)}
    return [name for name, statement in _SQLITE.items() if standing.get(name) != statement.strip()]


def _missing_postgres(connection: Connection) -> list[str]:
    query = """
SELECT t.tgname, p.prosrc, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid IN (to_regclass('ledger'), to_regclass('ledger_head')) AND t.tgenabled = 'A'"""
    standing = {name: (source, made) for name, source, made in connection.exec_driver_sql(query)}
    return [name for name, guard in _POSTGRES.items() if not _stands(standing.get(name), *guard)]


def _stands(found: tuple[str, str] | None, when: str, function: str) -> bool:
    if found is None:
        return False
    source, made = found
    timing, _, place = when.partition(" ON ")
    table, _, rows = place.partition(" ")
    events = set(timing.removeprefix("BEFORE ").split(" OR "))
    said, _, where = made.partition(" ON ")
    told = set(said.partition(" BEFORE ")[2].split(" OR "))
    there = where.split(" ")[0].rpartition(".")[2] == table
    return source == _FUNCTIONS[function] and told == events and there and rows in made
