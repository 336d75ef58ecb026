import base64
import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.bootstrap.keys import key_id, ledger_key
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


def test_a_head_noted_from_slack_is_compared(breakwater: Breakwater, written: Path, tmp_path: Path) -> None:
    (tmp_path / "anchors.jsonl").unlink()
    rows = bundle_rows(breakwater, tmp_path)
    noted = f"5:{rows[4]['hash'][:12]}"
    assert breakwater("audit", "verify", "--head", noted).status == 0
    as_owner(written, "DELETE FROM ledger WHERE seq > 3")
    said = breakwater("audit", "verify", "--head", noted)
    assert (said.status, "row 5 was noted elsewhere and is not here" in said.err) == (1, True)
    said = breakwater("audit", "verify", "--head", "five")
    assert (said.status, "write SEQ:HASH" in said.err) == (2, True)


def test_it_is_said_in_json_too(breakwater: Breakwater, written: Path) -> None:
    told = json.loads(breakwater("audit", "verify", "--json").out)
    assert (told["holds"], told["rows"], told["heads"], told["anchored_to"]) == (True, 5, 1, 5)
    as_owner(written, "UPDATE ledger SET actor = 'mallory' WHERE seq = 3")
    said = breakwater("audit", "verify", "--json")
    assert json.loads(said.out)["flaw"]["id"] == "rec_2"
    assert (said.status, said.err.count("\n")) == (1, 1)


def test_a_file_of_heads_that_is_not_there_is_bad_usage(breakwater: Breakwater, written: Path) -> None:
    assert breakwater("audit", "verify", "--anchors", "nowhere.jsonl").status == 2


def test_a_rotated_key_signs_and_the_old_one_stays_known(
    breakwater: Breakwater, written: Path, tmp_path: Path
) -> None:
    before = key_id(ledger_key(tmp_path / "ledger.key"))
    said = breakwater("audit", "rotate-key")
    assert said.status == 0, said.err
    after = key_id(ledger_key(tmp_path / "ledger.key"))
    assert before != after
    assert after in said.out
    assert stat.S_IMODE((tmp_path / "ledger.key").stat().st_mode) == 0o600
    told = json.loads(breakwater("audit", "verify", "--json").out)
    assert (told["holds"], told["signers"]) == (True, sorted({before, after}))
    breakwater("audit", "export", str(tmp_path / "bundle"))
    for known in (before, after):
        assert alone(tmp_path / "bundle", "--key", known)[0] == 0
    status, out = alone(tmp_path / "bundle", "--key", key_id(Ed25519PrivateKey.generate()))
    assert status == 1
    assert "not signed by the ledger's key" in out


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("rows.jsonl", lambda b: b.replace(b"note 2", b"note 9"), "row 3 was changed after it was written"),
        ("rows.jsonl", lambda b: b"".join(b.splitlines(keepends=True)[:-1]), "the tail is cut"),
        ("rows.jsonl", lambda b: b.replace(b"{", b"{ ", 1), "line 1 of rows.jsonl is not as it was written"),
        ("rows.jsonl", lambda b: b + b"no row\n", "line 6 of rows.jsonl is no row"),
        ("rows.jsonl", lambda b: b + b"{}\n", "it lacks"),
        ("anchors.jsonl", lambda b: b[:0], "anchors.jsonl is not the file that was exported"),
        ("anchors.jsonl", lambda b: b.replace(b'"seq":5', b'"seq":4'), "is not signed by the ledger's key"),
        ("keys.json", lambda b: b[:0] + b"{}", "keys.json is not the file that was exported"),
        ("manifest.json", lambda b: b[:0] + b"[]", "manifest.json is no JSON object"),
        ("manifest.json", lambda b: b.replace(b'"rows":5', b'"rows":6'), "the manifest speaks of 6 rows"),
    ],
)
def test_a_bundle_that_was_changed_says_what(
    breakwater: Breakwater,
    written: Path,
    tmp_path: Path,
    name: str,
    change: Callable[[bytes], bytes],
    said: str,
) -> None:
    folder = tmp_path / "bundle"
    breakwater("audit", "export", str(folder))
    assert alone(folder)[0] == 0
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    status, out = alone(folder)
    assert (status, out.count("\n")) == (1, 1)
    assert said in out


def test_the_bundles_verifier_says_when_it_is_misused(
    breakwater: Breakwater, written: Path, tmp_path: Path
) -> None:
    breakwater("audit", "export", str(tmp_path / "bundle"))
    assert alone(tmp_path / "bundle", "--head", "5")[0] == 2
    assert alone(tmp_path / "bundle", "--anchors", "nowhere")[0] == 2
    assert alone(tmp_path / "bundle", str(tmp_path))[0] == 2


def alone(folder: Path, *more: str) -> tuple[int, str]:
    """The bundle's own verifier, on a Python without packages."""
    done = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def bundle_rows(breakwater: Breakwater, tmp_path: Path) -> list[dict[str, Any]]:
    assert breakwater("audit", "export", str(tmp_path / "bundle")).status == 0
    return [json.loads(line) for line in (tmp_path / "bundle" / "rows.jsonl").read_text().splitlines()]
