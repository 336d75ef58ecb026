"""`breakwater runbook list`, `show` and `graph`."""

import json

import pytest
from rich.console import Console

from bot.cli.runbooks.mermaid import graph, label, tree_graph
from bot.cli.runbooks.tree import show
from bot.domain.content import Content
from tests.cli.conftest import Breakwater

HOSTILE = '"]\n end; click s0 "https://evil.example" <b>`x`</b> #35; %% \\ \u202eabc\x1b[31m'


@pytest.mark.parametrize("command", ["list", "show", "graph", "export"])
def test_each_shows_an_example(breakwater: Breakwater, command: str) -> None:
    said = breakwater("runbook", command, "--help")
    assert said.status == 0
    assert f"Example: breakwater runbook {command}" in said.out


def test_the_list_names_every_runbook_with_those_of_every_incident_first(
    breakwater: Breakwater, content: Content
) -> None:
    lines = breakwater("runbook", "list").out.splitlines()
    assert lines[1].split()[0] == "first-15-minutes"
    assert {line.split()[0] for line in lines[1:]} == set(content.pinned.by_id)
    found = json.loads(breakwater("runbook", "list", "--json").out)
    assert {book["id"] for book in found} == set(content.pinned.by_id)
    assert all(len(book["digest"]) == 12 for book in found)


def test_show_names_minute_role_kind_budget_why_and_rollback(breakwater: Breakwater) -> None:
    said = breakwater("runbook", "show", "first-15-minutes").out
    assert said.startswith("The first 15 minutes (first-15-minutes)\n")
    for words in (
        "CLASSIFY\n",
        "  [ ] Freeze non-essential changes\n",
        "    minute 1 · technical lead · control · within 3m · freeze-changes\n",
        "    sets: change_freeze to frozen (Change freeze)\n",
        "    why: A deploy in the middle hides the cause and can be the second incident.\n",
        "    rollback: Release the hold; the ladder does it last of all.\n",
        "    gate: Books match the chain: books_drift == 0.0",
    ):
        assert words in said
    assert "\x1b" not in said


def test_on_a_terminal_it_is_a_tree(content: Content) -> None:
    console = Console(force_terminal=True, width=120, record=True)
    show(content, content.pinned.by_id["first-15-minutes"], console)
    said = console.export_text()
    assert "├── CLASSIFY" in said
    assert "Freeze non-essential changes" in said


def test_an_unknown_runbook_is_answered_with_the_nearest(breakwater: Breakwater) -> None:
    said = breakwater("runbook", "show", "first-15-minuts")
    assert said.status == 1
    assert "There is no runbook first-15-minuts; did you mean `first-15-minutes`?" in said.err
    assert "counterparty-failure" in breakwater("runbook", "graph", "zzz").err


def test_a_graph_has_a_box_for_each_phase_and_a_node_for_each_step(
    breakwater: Breakwater, content: Content
) -> None:
    said = breakwater("runbook", "graph", "first-15-minutes").out
    book = content.pinned.by_id["first-15-minutes"]
    assert "flowchart TD" in said
    assert said.count("subgraph ") == len({step.phase for step in book.steps})
    assert all(f"s{i}" in said for i in range(len(book.steps)))
    assert "classify ==> stabilize" in said
    assert "s0 & s1 --> s2" in said  # two steps of one minute stand side by side


def test_the_decision_tree_leads_every_answer_somewhere(breakwater: Breakwater, content: Content) -> None:
    said = breakwater("runbook", "graph", "classification").out
    assert said == tree_graph(content)
    assert said.count(" --> ") == 2 * len(content.pinned.tree.questions)
    assert '"yes, or unknown"' in said
    assert "runbook counterparty-failure" in said


def test_hostile_text_stays_inside_its_label(content: Content) -> None:
    book = content.pinned.by_id["first-15-minutes"]
    step = book.steps[0].model_copy(update={"title": HOSTILE})
    said = graph(book.model_copy(update={"title": HOSTILE, "steps": (step,)}))
    (line,) = [line for line in said.splitlines() if line.strip().startswith("s0")]
    inside = line.split('["', 1)[1].rsplit('"]', 1)[0]
    assert not set(inside.replace("<br/>", "")) & set('"<>`%\\\x1b\u202e')
    assert len(said.splitlines()) == 8  # nothing has broken out onto a line of its own
    assert label('a"b') == '"a#34;b"'


def test_hostile_text_is_nothing_to_a_terminal(content: Content, capsys: pytest.CaptureFixture[str]) -> None:
    book = content.pinned.by_id["first-15-minutes"]
    step = book.steps[0].model_copy(update={"title": HOSTILE + "[bold]x[/bold]"})
    show(content, book.model_copy(update={"title": "[red]" + HOSTILE, "steps": (step,)}), Console())
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[bold]x[/bold]" in said
