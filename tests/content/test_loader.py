"""Loading: what the files become, what the environment gives, and that all mistakes come at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.content import ContentErrors
from bot.domain.base import IncidentClass, Phase
from bot.domain.gate import Condition
from bot.domain.mode import ModeId
from tests.content.folder import Folder

CONTROLS = "runbooks/platform/controls.yaml"


def test_entries_with_each_become_one_control_for_every_set_of_params(folder: Folder) -> None:
    content = folder.load()

    assert [c.id for c in content.controls] == ["limit.USDT", "limit.BTC", "swaps", "signing"]
    btc = content.by_id["limit.BTC"]
    assert btc.title == "Limit of BTC"
    assert btc.params == {"asset": "BTC"}
    assert btc.level("low").title == "Low BTC"
    assert btc.told(btc.level("low")) == "Up to 100 BTC continue"


def test_paths_keep_their_slots_because_the_adapter_encodes_them(folder: Folder) -> None:
    adapter = folder.load().by_id["limit.BTC"].adapter

    assert adapter.kind == "http"
    assert adapter.read.path == "/limits/{asset}"


def test_what_is_keyed_in_a_file_bears_its_key_as_id(folder: Folder) -> None:
    content = folder.load()

    assert content.signals["drift"].id == "drift"
    assert content.gates["matched"].id == "matched"
    assert content.modes[ModeId.STRESSED].id is ModeId.STRESSED
    assert content.directory.people["bob"].id == "bob"
    assert content.statuses["holding"].id == "holding"


def test_fields_named_like_python_words_are_written_plainly(folder: Folder) -> None:
    content = folder.load()

    assert content.pinned.by_id["counterparty"].class_ is IncidentClass.COUNTERPARTY_FAILURE
    assert content.gates["matched"].conditions[0].for_ == timedelta(minutes=5)
    assert content.phase_gates == {"recover": ("matched",)}


def test_a_value_named_on_or_off_is_no_switch(folder: Folder) -> None:
    assert folder.load().by_id["swaps"].level("none").value == {"on": False}


def test_a_gate_may_take_one_of_several_steps(folder: Folder) -> None:
    folder.swap("runbooks/platform/signals.yaml", "step_done: look", "step_done: [look, wait]")

    assert folder.load().gates["matched"].conditions[1] == Condition(step_done=("look", "wait"))


def test_the_service_address_comes_from_the_environment(folder: Folder) -> None:
    content = folder.load({"DESK_URL": "https://desk.example:8443/api/"})

    assert content.services["desk"].base_url == "https://desk.example:8443/api"


@pytest.mark.parametrize("env", [{}, {"DESK_URL": ""}])
def test_a_missing_variable_is_named_where_it_is_used(folder: Folder, env: dict[str, str]) -> None:
    with pytest.raises(ContentErrors) as caught:
        folder.load(env)

    (error,) = caught.value.errors
    assert error.reason == "the environment variable DESK_URL is not set"
    assert (error.line, error.column) == folder.place(CONTROLS, "${DESK_URL}")


def test_without_resolving_a_missing_variable_leaves_everything_else_checked(folder: Folder) -> None:
    assert folder.load({}, resolve_env=False).services["desk"].base_url == "${DESK_URL}"
    folder.swap(CONTROLS, "rule: market", "rule: markets")

    assert folder.reasons() == ["there is no rule `markets` in authority.yaml; did you mean `market`?"]


@pytest.mark.parametrize(
    "address",
    ["desk.example", "ftp://desk.example", "http://", "http://u:p@desk.example", "http://d e", "/x"],
)
def test_an_address_that_is_none_is_refused(folder: Folder, address: str) -> None:
    with pytest.raises(ContentErrors, match="is no address of a service"):
        folder.load({"DESK_URL": address})


def test_mistakes_in_different_files_are_told_together_and_in_order(folder: Folder) -> None:
    folder.swap(CONTROLS, "rule: market", "rule: markets")
    folder.swap("runbooks/platform/people.yaml", "[erin]", "[erinn]")
    folder.swap("runbooks/common.yaml", "kind: mode", "kind: modes")
    folder.swap("templates/macros/works.txt", "| joined", "| joind")
    folder.write("runbooks/platform/triggers.yaml", "triggers: [")

    with pytest.raises(ContentErrors) as caught:
        folder.load()

    errors = caught.value.errors
    names = [Path(e.file).name for e in errors]
    assert names == ["common.yaml", "controls.yaml", "people.yaml", "triggers.yaml", "works.txt"]
    assert str(caught.value) == "\n".join(str(e) for e in errors)


def test_a_broken_file_hides_no_mistake_elsewhere_and_invents_none(folder: Folder) -> None:
    folder.write(CONTROLS, "services: {}\n")
    folder.swap("runbooks/common.yaml", "publish: holding", "publish: holdin")

    assert folder.reasons() == [
        "there is no status text `holdin`; did you mean `holding`?",
        "`controls` is missing",
    ]


def test_every_mistake_of_one_file_is_told(folder: Folder) -> None:
    folder.swap(CONTROLS, "title: Swaps", "titel: Swaps")
    folder.swap(CONTROLS, "irreversible: true", "irreversible: 7x")

    said = folder.reasons()

    assert "unknown field `titel`; did you mean `title`?" in said
    assert "`title` is missing" in said
    assert "`irreversible` must be true or false" in said


def test_an_entry_for_many_controls_tells_its_mistake_once(folder: Folder) -> None:
    folder.swap(CONTROLS, "kind: http", "kind: htp")

    assert len(folder.wrong()) == 1


@pytest.mark.parametrize(
    "file",
    ["controls", "modes", "signals", "triggers", "authority", "people", "classification", "publications"],
)
def test_a_missing_file_is_told_by_name(folder: Folder, file: str) -> None:
    (folder.runbooks / "platform" / f"{file}.yaml").unlink()

    wrong = folder.wrong()

    assert [(Path(e.file).name, e.reason) for e in wrong] == [
        (f"{file}.yaml", "cannot be read: No such file or directory")
    ]


def test_a_folder_without_runbooks_or_templates_is_told(folder: Folder, tmp_path: Path) -> None:
    for path in folder.runbooks.glob("*.yaml"):
        path.unlink()
    folder.templates.rename(tmp_path / "elsewhere")

    said = folder.reasons()

    assert said == ["there are no runbooks (*.yaml) here", "there is no such folder of templates"]


def test_the_same_files_give_the_same_digests_and_a_changed_policy_another(folder: Folder) -> None:
    before = folder.load()
    assert folder.load().policy_digest == before.policy_digest
    assert folder.load().pinned.digest == before.pinned.digest

    folder.swap("runbooks/platform/modes.yaml", "wait: 30m", "wait: 31m")
    after = folder.load()

    assert after.policy_digest != before.policy_digest
    assert after.pinned.digest == before.pinned.digest


def test_an_incident_phase_ends_in_no_step(folder: Folder) -> None:
    folder.swap("runbooks/counterparty.yaml", "phase: classify", f"phase: {Phase.CLOSED.value}")

    assert folder.reasons() == ["no step lives in phase closed"]
