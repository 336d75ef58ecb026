import json
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Breakwater


def test_help_lists_the_commands_and_shows_how_to_begin(breakwater: Breakwater) -> None:
    said = breakwater("--help")
    assert said.status == 0
    for word in ("serve", "worker", "migrate", "doctor", "check", "audit", "manifest", "schema", "demo"):
        assert word in said.out


@pytest.mark.parametrize(
    "words", [["audit", "verify"], ["check"], ["manifest"], ["schema"], ["review"], ["doctor"]]
)
def test_every_command_shows_an_example(breakwater: Breakwater, words: list[str]) -> None:
    said = breakwater(*words, "--help")
    assert said.status == 0
    assert "Example: breakwater" in said.out


def test_bad_usage_is_status_two(breakwater: Breakwater) -> None:
    assert breakwater("fly").status == 2
    assert breakwater("check", "--no-such-thing").status == 2


def test_a_wrong_variable_stops_with_one_line_that_names_it(process: Breakwater) -> None:
    said = process("serve", PORT="eighty")
    assert said.status == 1
    assert said.err.startswith("breakwater: PORT")
    assert said.err.count("\n") == 1


def test_migrating_twice_does_nothing_the_second_time(breakwater: Breakwater) -> None:
    assert breakwater("migrate").out == "The database is at 0002.\n"
    assert breakwater("migrate").out == "Nothing to do.\n"


def test_an_unmigrated_database_stops_a_web_and_a_worker_with_the_mend(
    breakwater: Breakwater, process: Breakwater
) -> None:
    for role in ("web", "worker"):
        said = process(role)
        assert said.status == 1
        assert "breakwater migrate" in said.err


def test_a_worker_refuses_a_ledger_whose_guards_are_gone(
    breakwater: Breakwater, process: Breakwater, tmp_path: Path
) -> None:
    breakwater("migrate")
    with sqlite3.connect(tmp_path / "b.db") as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f'DROP TRIGGER "{name}"')
    said = process("worker")
    assert said.status == 1
    assert "guards are gone" in said.err
    breakwater("migrate")
    assert breakwater("audit", "verify").status == 0


def test_check_names_file_line_and_reason(breakwater: Breakwater, tmp_path: Path) -> None:
    copy = tmp_path / "runbooks"
    shutil.copytree("runbooks", copy)
    assert breakwater("check", "--runbooks", str(copy)).out.startswith("Everything is in order.\n")
    people = copy / "platform" / "people.yaml"
    people.write_text(people.read_text().replace("name: Alice Ng", "nam: Alice Ng"))
    said = breakwater("check", "--runbooks", str(copy))
    assert said.status == 1
    assert "people.yaml:" in said.out
    assert "nam" in said.out


def test_broken_content_refuses_the_start(
    breakwater: Breakwater, process: Breakwater, tmp_path: Path
) -> None:
    copy = tmp_path / "templates"
    shutil.copytree("templates", copy)
    next((copy / "macros").glob("*.txt")).write_text("{{ facts.nothing_of_the_kind }}")
    breakwater("migrate")
    said = process("serve", TEMPLATES_DIR=str(copy))
    assert said.status == 1
    assert "templates are wrong" in said.err
    assert "macros/" in said.err


def test_the_manifest_names_the_address_and_the_commands(breakwater: Breakwater) -> None:
    said = breakwater("manifest", "--public-url", "https://bw.example.com")
    manifest = json.loads(said.out)
    commands = {c["command"]: c for c in manifest["features"]["slash_commands"]}
    assert set(commands) == {"/incident", "/protected-mode", "/control"}
    assert all(c["should_escape"] for c in commands.values())
    assert commands["/incident"]["url"] == "https://bw.example.com/slack/events"


def test_schemas_are_written_one_file_each(breakwater: Breakwater, tmp_path: Path) -> None:
    breakwater("schema", "--to", str(tmp_path / "schemas"))
    names = {str(p.relative_to(tmp_path / "schemas")) for p in (tmp_path / "schemas").rglob("*.json")}
    assert {"runbook.schema.json", "platform/controls.schema.json"} <= names


def test_an_unknown_incident_has_no_review(breakwater: Breakwater, tmp_path: Path) -> None:
    breakwater("migrate")
    said = breakwater("review", "INC-9", "--out", str(tmp_path / "r.html"))
    assert said.status == 1
    assert "INC-9" in said.err
    assert not (tmp_path / "r.html").exists()


def test_the_doctor_says_how_to_mend_what_is_not_well(breakwater: Breakwater) -> None:
    assert "breakwater migrate" in breakwater("doctor").out
    breakwater("migrate")
    said = breakwater("doctor")
    assert said.status == 1
    for mend in ("breakwater serve", "OUTBOUND_HOSTS", "breakwater manifest"):
        assert mend in said.out


def test_a_port_that_is_taken_is_one_line_that_names_the_variable(process: Breakwater) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = process("serve", HOST="127.0.0.1", PORT=port)
    assert said.status == 1
    assert said.err.splitlines()[-1].startswith(
        f"breakwater: PORT, HOST: a free address of ours; 127.0.0.1:{port}"
    )


def test_schemas_go_beside_the_runbooks_and_are_told_apart_when_old(
    breakwater: Breakwater, tmp_path: Path
) -> None:
    runbooks = tmp_path / "runbooks"
    shutil.copytree("runbooks", runbooks)
    here = {"RUNBOOKS_DIR": str(runbooks)}
    assert breakwater("schema", **here).out == f"9 schemas are in {runbooks}/schema.\n"
    assert breakwater("schema", "--check", **here).status == 0
    (runbooks / "schema" / "runbook.schema.json").write_text("{}")
    said = breakwater("schema", "--check", **here)
    assert said.status == 1
    assert "runbook.schema.json is not current" in said.out
    assert f"breakwater schema {runbooks}/schema" in said.err
    assert "platform/controls.yaml" in json.loads(breakwater("schema", "--print").out)
