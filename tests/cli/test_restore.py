"""`breakwater backup` and `breakwater restore`: a copy taken, a course lost, and going on from the copy."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.bootstrap.keys import ledger_key
from bot.domain.base import Environment
from bot.domain.ledger import Entry, sign
from bot.publishers.notary import append_anchor
from bot.store import SqlStore, open_database
from bot.usecases.reload import PROCESS, SILENT_AFTER
from tests.cli.conftest import Breakwater


@pytest.fixture
def went_on(breakwater: Breakwater, environment: dict[str, str], tmp_path: Path) -> Path:
    """A backup after two notes, and then a third note whose head was signed; the backup."""
    breakwater("migrate")
    write(environment, "n1", "n2")
    backup = tmp_path / "backup.db"
    said = breakwater("backup", str(backup))
    assert (said.status, said.out) == (0, f"The database is in {backup}.\n")
    write(environment, "n3")
    anchor(environment, tmp_path)
    return backup


def write(environment: dict[str, str], *notes: str) -> None:
    async def work() -> None:
        database = open_database(environment["DATABASE_URL"], patience=SILENT_AFTER)
        async with SqlStore(database).write() as tx:
            for note in notes:
                at = datetime(2026, 11, 20, tzinfo=UTC)
                tx.ledger.append(
                    Entry(id=note, at=at, environment=Environment.LIVE, kind="note", actor="alice")
                )
        await database.close()

    asyncio.run(work())


def anchor(environment: dict[str, str], folder: Path) -> None:
    async def work() -> None:
        database = open_database(environment["DATABASE_URL"], patience=SILENT_AFTER)
        async with SqlStore(database).read() as tx:
            head = await tx.ledger.head()
        await database.close()
        key = ledger_key(folder / "ledger.key")
        append_anchor(folder / "anchors.jsonl", sign(head, datetime.now(UTC), key))

    asyncio.run(work())


def test_a_restored_database_goes_on_under_a_new_epoch_and_its_ledger_says_what_it_lost(
    breakwater: Breakwater, went_on: Path, tmp_path: Path
) -> None:
    said = breakwater("restore", str(went_on))
    assert said.status == 0, said.err
    assert "before it was 1." in said.out
    assert "a signed head speaks of rows up to 3 that it does not have" in said.out
    assert (tmp_path / "b.db").stat().st_mode & 0o777 == 0o600
    (aside,) = (p for p in tmp_path.glob("b.db.replaced-*") if not p.name.endswith(("-wal", "-shm")))
    with sqlite3.connect(aside) as old:
        assert old.execute("SELECT max(seq) FROM ledger").fetchone() == (3,)
    verified = breakwater("audit", "verify")
    assert verified.status == 0, verified.err
    assert "3 rows hold together and match 2 signed heads." in verified.out
    assert "Row 3: os:" in verified.out
    assert "signed heads of row 3 bear witness to a course that is lost" in verified.out


def test_a_backup_put_back_behind_our_back_is_a_flaw(
    breakwater: Breakwater, went_on: Path, tmp_path: Path
) -> None:
    for beside in ("b.db-wal", "b.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
    went_on.replace(tmp_path / "b.db")
    said = breakwater("audit", "verify")
    assert said.status == 1
    assert "the tail is cut: rows 3 to 3 are gone" in said.err
    done = breakwater("restore")  # as after pg_restore
    assert done.status == 0, done.err
    assert breakwater("audit", "verify").status == 0


def test_nothing_is_put_back_beneath_a_process_that_works(
    breakwater: Breakwater, environment: dict[str, str], went_on: Path, tmp_path: Path
) -> None:
    async def at_work() -> None:
        state = {"role": "worker", "digest": "d", "at": datetime.now(UTC).isoformat()}
        database = open_database(environment["DATABASE_URL"], patience=SILENT_AFTER)
        async with SqlStore(database).write() as tx:
            await tx.keepsakes.set_fact(f"{PROCESS}host:7", json.dumps(state))
        await database.close()

    asyncio.run(at_work())
    said = breakwater("restore", str(went_on))
    assert said.status == 1
    assert "Stop every process first" in said.err
    assert "worker host:7" in said.err
    assert not list(tmp_path.glob("b.db.replaced-*"))


@pytest.mark.parametrize("what", ["nonsense", "another database", "nothing"])
def test_what_is_no_backup_of_ours_changes_nothing(
    breakwater: Breakwater, went_on: Path, tmp_path: Path, what: str
) -> None:
    other = tmp_path / "other.db"
    if what == "nonsense":
        other.write_text("a letter\n" * 1000)
    elif what == "another database":
        with sqlite3.connect(other) as made:
            made.execute("CREATE TABLE recipe (name TEXT)")
    before = breakwater("audit", "verify").out
    said = breakwater("restore", str(other))
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "other.db" in said.err
    assert breakwater("audit", "verify").out == before
    assert not (tmp_path / "b.db.coming").exists()


def test_a_backup_overwrites_nothing(breakwater: Breakwater, went_on: Path) -> None:
    before = went_on.read_bytes()
    said = breakwater("backup", str(went_on))
    assert said.status == 1
    assert "is there already" in said.err
    assert went_on.read_bytes() == before


def test_on_postgresql_both_name_the_tool_for_it(breakwater: Breakwater, tmp_path: Path) -> None:
    said = breakwater("backup", "last.dump", DATABASE_URL="postgresql://127.0.0.1:9/breakwater")
    assert said.status == 1
    assert "pg_dump --format=custom --file=last.dump" in said.err
