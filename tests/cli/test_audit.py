import base64
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.bootstrap.keys import ledger_key
from bot.domain.base import Environment
from bot.domain.ledger import Entry, canonical, sign
from bot.store import SqlStore, open_database
from tests.cli.conftest import Breakwater

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
async def written(breakwater: Breakwater, tmp_path: Path) -> Path:
    """Five rows, and an anchor of the last."""
    breakwater("migrate")
    database = open_database(f"sqlite:///{tmp_path}/b.db")
    store = SqlStore(database)
    for n in range(5):
        async with store.write() as tx:
            entry = Entry(
                id=f"rec_{n}",
                at=NOW,
                environment=Environment.SANDBOX,
                kind="note",
                actor="alice",
                data={"text": f"note {n}"},
            )
            tx.ledger.append(entry)
    async with store.read() as tx:
        head = await tx.ledger.head()
    await database.close()
    anchor = sign(head, NOW, ledger_key(tmp_path / "ledger.key"))
    (tmp_path / "anchors.jsonl").write_bytes(canonical(anchor.model_dump(mode="json")) + b"\n")
    return tmp_path / "b.db"


def as_owner(database: Path, *statements: str) -> None:
    """What the owner of the file can do: drop the guards, then change rows."""
    with sqlite3.connect(database) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def test_an_untouched_ledger_holds(breakwater: Breakwater, written: Path) -> None:
    said = breakwater("audit", "verify")
    assert said.status == 0
    assert "5 rows hold together and match 1 signed heads" in said.out


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("UPDATE ledger SET actor = 'mallory' WHERE seq = 3", "row 3 was changed"),
        ("DELETE FROM ledger WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM ledger WHERE seq > 3", "rows 4 to 5 are gone"),
    ],
)
def test_what_the_databases_owner_changed_shows(
    breakwater: Breakwater, written: Path, statement: str, names: str
) -> None:
    as_owner(written, statement)
    said = breakwater("audit", "verify")
    assert said.status == 1
    assert names in said.err


def test_anchors_signed_by_another_key_are_not_believed(
    breakwater: Breakwater, written: Path, tmp_path: Path
) -> None:
    (tmp_path / "ledger.key").unlink()
    ledger_key(tmp_path / "ledger.key")
    said = breakwater("audit", "verify")
    assert said.status == 1
    assert "not signed by the ledger's key" in said.err


def test_an_auditor_with_nothing_but_database_and_anchors_is_told_who_signed(
    breakwater: Breakwater, written: Path, tmp_path: Path
) -> None:
    key_file = tmp_path / "ledger.key"
    signer = base64.b64encode(ledger_key(key_file).public_key().public_bytes_raw()).decode()
    key_file.unlink()
    breakwater("audit", "export", str(tmp_path / "bundle"), MARKETPLACE_URL="")
    said = breakwater("audit", "verify", RUNBOOKS_DIR="nowhere", MARKETPLACE_URL="")
    assert said.status == 0, said.err
    assert "match 1 signed heads" in said.out
    assert f"the heads are signed by {signer}." in said.out
    assert not key_file.exists()
    as_owner(written, "DELETE FROM ledger WHERE seq > 3")
    assert "rows 4 to 5 are gone" in breakwater("audit", "verify").err


def test_an_export_can_be_read_without_us(breakwater: Breakwater, written: Path, tmp_path: Path) -> None:
    said = breakwater("audit", "export", str(tmp_path / "bundle"))
    assert said.status == 0, said.err
    rows = [json.loads(line) for line in (tmp_path / "bundle" / "rows.jsonl").read_text().splitlines()]
    assert [r["seq"] for r in rows] == [1, 2, 3, 4, 5]
    again = breakwater("audit", "export", str(tmp_path / "bundle"))
    assert again.status == 1
    assert "not empty" in again.err
