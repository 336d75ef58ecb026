"""What each command does when a variable that the content asks for, or Slack, is not there."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Breakwater

UNSET = {"MARKETPLACE_URL": ""}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_an_auditor_needs_no_service(breakwater: Breakwater, tmp_path: Path) -> None:
    breakwater("migrate")
    assert breakwater("audit", "verify", **UNSET).status == 0
    exported = breakwater("audit", "export", str(tmp_path / "bundle"), **UNSET)
    assert exported.status == 0, exported.err
    reviewed = breakwater("review", "INC-9", "--out", str(tmp_path / "r.html"), **UNSET)
    assert "INC-9" in reviewed.err
    assert "MARKETPLACE_URL" not in reviewed.err


@pytest.mark.parametrize("role", ["serve", "web", "worker"])
def test_a_missing_variable_stops_with_one_line_before_there_is_a_database(
    process: Breakwater, tmp_path: Path, role: str
) -> None:
    said = process(role, **UNSET)
    assert said.status == 1
    wanted = (
        "breakwater: MARKETPLACE_URL is not set (needed by runbooks/platform/controls.yaml:12);"
        " nothing was started.\n"
    )
    assert said.err == wanted
    assert not (tmp_path / "b.db").exists()


def test_wrong_content_is_told_even_where_a_variable_is_missing_too(
    process: Breakwater, tmp_path: Path
) -> None:
    copy = tmp_path / "runbooks"
    shutil.copytree("runbooks", copy)
    people = copy / "platform" / "people.yaml"
    people.write_text(people.read_text().replace("name: Alice Ng", "nam: Alice Ng"))
    said = process("serve", RUNBOOKS_DIR=str(copy), **UNSET)
    assert "people.yaml:" in said.err
    assert "MARKETPLACE_URL is not set" in said.err
    assert said.err.endswith("The runbooks or templates are wrong; nothing was started.\n")


def test_the_doctor_names_a_missing_variable_and_goes_on(breakwater: Breakwater) -> None:
    said = breakwater("doctor", **UNSET)
    assert said.status == 1
    assert "not ok MARKETPLACE_URL: not set" in said.out
    assert "→ export MARKETPLACE_URL=" in said.out
    for name in ("runbooks and templates", "database", "ledger key", "redis", "slack"):
        assert f"ok   {name}: " in said.out or f"not ok {name}: " in said.out


def test_the_doctor_goes_on_when_the_runbooks_are_not_there(breakwater: Breakwater) -> None:
    breakwater("migrate")
    said = breakwater("doctor", RUNBOOKS_DIR="nowhere")
    assert "There is no folder `nowhere` here" in said.out
    for name in ("database", "ledger key", "redis", "worker", "slack"):
        assert f"ok   {name}: " in said.out or f"not ok {name}: " in said.out


def test_the_doctor_says_when_slack_cannot_be_reached(breakwater: Breakwater) -> None:
    address = f"http://127.0.0.1:{free_port()}/api/"
    said = breakwater(
        "doctor", SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="s", SLACK_API_BASE_URL=address
    )
    assert f"not ok slack: cannot reach SLACK_API_BASE_URL ({address})" in said.out
    assert "token again" not in said.out


def test_serving_without_slack_warns_once_and_names_the_variables(process: Breakwater) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = process("serve", HOST="127.0.0.1", PORT=str(taken.getsockname()[1]))
    warnings = [line for line in said.err.splitlines() if "slack is not connected" in line]
    assert len(warnings) == 1
    assert "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET" in warnings[0]


@pytest.mark.parametrize("words", [["check"], ["serve"], ["audit", "export", "bundle"]])
def test_a_wrong_folder_is_one_line(process: Breakwater, words: list[str]) -> None:
    said = process(*words, RUNBOOKS_DIR="nowhere")
    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "breakwater: There is no folder `nowhere` here; run from the repository or set RUNBOOKS_DIR.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["migrate"],
        ["serve"],
        ["worker"],
        ["audit", "verify"],
    ],
)
def test_a_database_folder_that_cannot_be_made_is_one_line(
    process: Breakwater, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    said = process(*words, DATABASE_URL=f"sqlite:///{tmp_path}/file/deep/b.db")
    assert said.status == 1
    assert said.err == f"breakwater: {tmp_path}/file/deep cannot be used: Not a directory.\n"


def test_the_doctor_finds_a_database_folder_that_cannot_be_made(
    breakwater: Breakwater, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    said = breakwater("doctor", DATABASE_URL=f"sqlite:///{tmp_path}/file/deep/b.db")
    assert f"not ok database: {tmp_path}/file/deep cannot be used: Not a directory" in said.out
    assert "redis: in this process" in said.out


@pytest.mark.parametrize("words", [["schema", "--to"], ["audit", "export"], ["demo", "--out"]])
def test_an_impossible_folder_is_one_line(
    breakwater: Breakwater, process: Breakwater, tmp_path: Path, words: list[str]
) -> None:
    breakwater("migrate")
    (tmp_path / "file").write_text("in the way")
    said = process(*words, str(tmp_path / "file" / "deep"))
    assert said.status == 1
    assert said.err == f"breakwater: {tmp_path}/file/deep cannot be used: Not a directory.\n"


def test_a_database_that_cannot_be_opened_is_not_to_be_tried_again(
    process: Breakwater, tmp_path: Path
) -> None:
    (tmp_path / "folder.db").mkdir()
    said = process("audit", "verify", DATABASE_URL=f"sqlite:///{tmp_path}/folder.db")
    assert said.status == 1
    assert "try again" not in said.err
    assert "set DATABASE_URL" in said.err


@pytest.mark.parametrize(
    "address", ["http://bw.example.com", "bw.example.com", "https://", "http://[", "ftp://x"]
)
def test_a_manifest_for_an_address_that_slack_would_not_call_is_refused(
    breakwater: Breakwater, address: str
) -> None:
    said = breakwater("manifest", "--public-url", address)
    assert (said.status, said.out) == (1, "")
    assert "https://" in said.err
    assert said.err.count("\n") == 1


def test_a_manifest_asks_for_the_address(breakwater: Breakwater) -> None:
    said = breakwater("manifest")
    assert said.status == 1
    assert "--public-url" in said.err
    for local in ("http://127.0.0.1:3000", "http://localhost:3000"):
        assert breakwater("manifest", PUBLIC_URL=local).status == 0


def test_a_manifest_for_socket_mode_asks_for_no_address(breakwater: Breakwater) -> None:
    said = breakwater("manifest", "--mode", "socket")
    assert said.status == 0
    assert '"socket_mode_enabled": true' in said.out
    assert said.out == breakwater("manifest", SLACK_MODE="socket").out
    assert breakwater("manifest", "--mode", "carrier-pigeon").status == 2
