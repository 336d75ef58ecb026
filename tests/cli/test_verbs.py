"""`breakwater incident|protected-mode|control|approval|operator`: by a key of one's own, the same rules."""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path

import pytest

from bot.bootstrap.second_factors import SecretsFile
from bot.domain.proof import SignedRequest
from tests.cli.conftest import Breakwater
from tests.cli.desk import Desk


@pytest.fixture
def desk(breakwater: Breakwater, environment: dict[str, str], tmp_path: Path) -> Desk:
    return Desk(breakwater, environment, tmp_path)


def test_an_incident_is_led_from_the_command_line_under_the_same_rules(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = desk("alice", "incident", "declare", "Withdrawals", "run", "--severity", "sev1")
    assert (said.status, said.err) == (0, "")
    assert "INC-1" in said.out
    refused = desk("carol", "protected-mode", "on", "They run")
    assert refused.status == 1
    assert refused.err.startswith("breakwater: To set protected mode takes the incident commander")
    assert refused.err.count("\n") == 1
    assert desk("bob", "protected-mode", "on", "Northbank's queue grows", "--request-id", "once").status == 0
    again = desk("bob", "protected-mode", "on", "Northbank's queue grows", "--request-id", "once")
    assert (again.status, "nothing was done twice" in again.out) == (0, True)
    mode = desk.json("protected-mode", "status", "--json")
    assert (mode["mode"], mode["confirmed"] < mode["of"]) == ("protected", True)
    looser = desk("alice", "control", "set", "withdrawals.risk", "checked", "A little less")
    assert looser.status == 1
    assert "For example: breakwater control release withdrawals.risk" in looser.err
    with monkeypatch.context() as here:
        here.setattr(sys, "stdin", io.StringIO("Word from Northbank:\nit will be hours.\n" * 20))
        assert desk("alice", "incident", "note", "-").status == 0
    assert "it will be hours" in desk.rows("note")[0]["data"]
    (row,) = desk.rows("mode.decided")
    assert row["actor"] == "bob"
    kept = [
        SignedRequest.model_validate(json.loads(r["data"])["signed"]) for r in desk.rows("request.signed")
    ]
    assert all(request.holds for request in kept)
    assert [r.verb for r in kept] == ["incident declare", "protected-mode on", "incident note"]
    assert desk.run("audit", "verify").status == 0


def test_a_proposal_is_approved_by_a_second_key_for_exactly_what_is_shown(desk: Desk) -> None:
    desk("alice", "incident", "declare", "Withdrawals run")
    desk("alice", "control", "set", "withdrawals.risk", "strict", "Outflow to new addresses has doubled")
    proposed = desk("bob", "control", "release", "withdrawals.risk", "It is over", "--json")
    assert proposed.err == ""
    made = json.loads(proposed.out)
    shown = desk("alice", "approval", "show", made["proposal"][:9])
    assert "withdrawals.risk: strict → normal" in shown.out
    asked_back = desk("alice", "approval", "approve", made["proposal"])
    assert (asked_back.status, "add --yes" in asked_back.err) == (1, True)
    other = desk("alice", "approval", "approve", made["proposal"], "--hash", "0000")
    assert (other.status, "look again" in other.err) == (1, True)
    own = desk("bob", "approval", "approve", made["proposal"], "--yes")
    assert (own.status, "You proposed this" in own.err) == (1, True)
    done = desk("alice", "approval", "approve", made["proposal"], "--hash", made["hash"][:12])
    assert (done.status, done.err) == (0, "")
    assert desk.rows("proposal.approved")[0]["actor"] == "alice"
    assert json.loads(desk.run("approval", "list", "--json").out)["proposals"] == []


def test_a_person_is_known_by_their_key_only(desk: Desk, tmp_path: Path) -> None:
    desk.run("operator", "enroll", "--no-passphrase", "--key", str(tmp_path / "mallory.key"))
    said = desk("mallory", "incident", "declare", "Withdrawals run")
    assert (said.status, "nobody's in people.yaml" in said.err) == (1, True)
    none = desk("dana", "incident", "declare", "Withdrawals run")
    assert (none.status, "breakwater operator enroll" in none.err) == (1, True)
    assert desk("alice", "incident", "declare", "--as", "bob", "Withdrawals run").status == 2
    desk.key("alice").chmod(0o640)
    lent = desk("alice", "incident", "declare", "Withdrawals run")
    assert (lent.status, "Others can read" in lent.err) == (1, True)
    assert desk.rows("incident.declared") == []


def test_a_key_is_its_owners_alone_and_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    assert desk.key("alice").stat().st_mode & 0o777 == 0o600
    before = desk.key("alice").read_bytes()
    again = desk.run("operator", "enroll", "--no-passphrase", "--key", str(desk.key("alice")))
    assert (again.status, "is there already" in again.err) == (1, True)
    assert desk.key("alice").read_bytes() == before
    shown = desk("alice", "operator", "show")
    assert "It is Alice Ng's, who may be: incident commander." in shown.out


def test_a_passphrase_guards_the_key(desk: Desk, tmp_path: Path) -> None:
    secret, wrong = tmp_path / "words", tmp_path / "wrong"
    secret.write_text("correct horse battery\n")
    wrong.write_text("incorrect horse\n")
    key = str(tmp_path / "guarded.key")
    assert desk.run("operator", "enroll", "--key", key, OPERATOR_PASSPHRASE_FILE=str(secret)).status == 0
    assert b"ENCRYPTED" in Path(key).read_bytes()
    assert desk.run("operator", "show", "--key", key, OPERATOR_PASSPHRASE_FILE=str(secret)).status == 0
    closed = desk.run("operator", "show", "--key", key, OPERATOR_PASSPHRASE_FILE=str(wrong))
    assert (closed.status, "the passphrase does not open it" in closed.err) == (1, True)


def test_nobody_decides_by_files_that_are_not_in_force(desk: Desk) -> None:
    people = desk.folder / "runbooks/platform/people.yaml"
    key = desk.json("operator", "show", "--json", "--key", str(desk.key("carol")))["key"]
    mine = (
        people.read_text()
        .replace(f"keys: ['{key}'], ", "")
        .replace("alice: {keys: ['", f"alice: {{keys: ['{key}', '")
    )
    people.write_text(mine)
    said = desk("carol", "incident", "declare", "Withdrawals run")
    assert (said.status, "run `breakwater reload`" in said.err) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("incident", "phase", "--help"),
        ("incident", "step", "done", "--help"),
        ("protected-mode", "extend", "--help"),
        ("control", "set", "--help"),
        ("approval", "approve", "--help"),
        ("operator", "enroll", "--help"),
    ],
)
def test_every_verb_shows_an_example(breakwater: Breakwater, words: tuple[str, ...]) -> None:
    assert f"Example: breakwater {' '.join(words[:-1])}" in breakwater(*words).out


def test_bad_usage_is_told_apart_from_a_refusal(breakwater: Breakwater) -> None:
    assert breakwater("control", "set", "swaps").status == 2
    assert breakwater("incident", "fly").status == 2


def test_a_yes_that_waits_for_its_proof_is_signed_here(desk: Desk) -> None:
    """The worker's own check is in `tests/usecases/test_step_up.py`."""
    policy = desk.folder / "runbooks/platform/authority.yaml"
    policy.write_text(policy.read_text().replace("  money:\n", "  money:\n    step_up: key\n", 1))
    assert desk.run("reload").status == 0
    desk("alice", "incident", "declare", "Withdrawals run")
    desk("alice", "control", "set", "withdrawals.risk", "strict", "Outflow to new addresses has doubled")
    made = json.loads(desk("bob", "control", "release", "withdrawals.risk", "It is over", "--json").out)
    none = desk("alice", "approval", "sign")
    assert (none.status, "No yes of yours waits" in none.err) == (1, True)
    done = desk("alice", "approval", "sign", made["proposal"], "--hash", made["hash"])
    assert (done.status, done.err) == (0, "")
    (row,) = desk.rows("proposal.approved")
    assert json.loads(row["proof"])["approval_key"].startswith("ed25519:")


def test_an_authenticator_apps_secret_lies_outside_the_database(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "secret" / "totp.json"
    none = desk.run("operator", "totp", "alice")
    assert (none.status, "TOTP_SECRETS_FILE" in none.err) == (1, True)
    made = desk.run("operator", "totp", "alice", TOTP_SECRETS_FILE=str(file))
    assert "otpauth://totp/Breakwater:alice?secret=" in made.out
    assert file.stat().st_mode & 0o777 == 0o600
    secret = json.loads(file.read_text())["alice"]
    assert SecretsFile(file).secret("alice") == base64.b32decode(secret)
    assert SecretsFile(file).secret("bob") is None
    assert secret.encode() not in (tmp_path / "b.db").read_bytes()
    file.chmod(0o644)
    assert SecretsFile(file).secret("alice") is None


def test_a_dead_feed_is_attested_by_two_keys_and_broken_glass_is_reviewed_by_another(desk: Desk) -> None:
    desk("alice", "incident", "declare", "Withdrawals run")
    first = desk("alice", "incident", "attest", "coverage-restored", "The custody console shows 41m hot")
    assert (first.status, "A second person must attest to it" in first.out) == (0, True)
    second = desk("bob", "incident", "attest", "coverage-restored", "The custody console shows 41m hot")
    assert "is open as attested by two, until " in second.out
    codes = desk("alice", "incident", "override", "coverage-restored", "customer_harm")
    assert (codes.status, "gate_wrong" in codes.err) == (1, True)
    done = desk("alice", "incident", "override", "books-match", "customer_harm", "The console shows it")
    assert (done.status, done.err) == (0, "")
    early = desk("alice", "incident", "standdown", "A false alarm")
    assert (early.status, "Every override is reviewed" in early.err) == (1, True)
    own = desk("alice", "incident", "override", "review", "It was right")
    assert (own.status, "another must look at it" in own.err) == (1, True)
