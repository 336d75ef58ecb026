"""What the terminal and `summary.json` say at the end."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bot.sandbox.demo.checks import Check
from bot.sandbox.demo.figures import Said, review_figures
from bot.sandbox.demo.report import Report, tables
from bot.sandbox.demo.scenes.reopening import stage_in
from bot.sandbox.demo.screen import Screen, Standing
from tests.sandbox.demo.evidence import good

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD, BROKEN = Check("the sun rose", held=True), Check("it rained", held=False, found="not a drop")


@pytest.mark.parametrize(
    ("checks", "failure", "held"),
    [
        ([HELD], "", True),
        ([HELD, BROKEN], "", False),
        ([HELD], "Bob left", False),
        ([], "", False),
    ],
)
def test_it_held_only_when_it_was_played_and_every_check_held(
    tmp_path: Path, checks: list[Check], failure: str, held: bool
) -> None:
    report = Report(seed=7, scale=120, checks=checks, failure=failure)
    report.write(tmp_path)
    written = json.loads((tmp_path / "summary.json").read_text())
    assert report.held is held
    assert written["held"] is held
    assert [check["held"] for check in written["checks"]] == [check.held for check in checks]


def test_the_tables_name_figures_and_failed_checks(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=150, record=True)
    said = Said("First public word", "4 min 00 s", "after it was declared")
    figures = replace(good(tmp_path).figures, review=(said,))
    report = Report(seed=7, scale=120, checks=[HELD, BROKEN], figures=figures)
    for table in tables(report):
        console.print(table)
    shown = console.export_text()
    for words in (
        "First public word",
        "after it was declared",
        "without",
        "own funds at the end",
        "FAILED",
        "not a drop",
    ):
        assert words in shown


def test_the_figures_are_those_that_the_review_shows() -> None:
    page = '<dl>\n<div><dt>Declared</dt><dd>–</dd><dd class="soft">by a person &amp; late</dd></div>\n</dl>'
    assert review_figures(page) == (Said("Declared", "–", "by a person & late"),)


def test_what_a_check_found_is_never_cut_within_a_word(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=400, record=True)
    for table in tables(Report(seed=7, scale=120, checks=[Check("long", held=True, found="word " * 60)])):
        console.print(table)
    shown = console.export_text()
    assert "word …" in shown
    assert not re.search(r"\bw(o|or)?\b", shown)


def test_the_text_of_a_stage_is_named_by_the_stage() -> None:
    draft = "We are reopening.\nLatest step, now in force: Withdrawals up to 5,000 USDT.\n\nWhat is limited:"
    assert stage_in(draft) == "Withdrawals up to 5,000 USDT"
    assert stage_in("We are reopening.") == ""


def test_off_a_terminal_the_story_is_plain_lines_and_each_scene_begins_with_the_standing() -> None:
    out = io.StringIO()
    with Screen(lambda: NOON, Console(file=out)) as screen:
        screen.standing.phase = "protected"
        screen.standing.read_card("SANDBOX · SEV1\nPROTECTED 11/12 — swaps is unknown")
        screen.scene("A [scene]")
        screen.tell("Bob", "says [no]")
    assert "\x1b" not in out.getvalue()
    assert "== A [scene]" in out.getvalue()
    assert "12:00  phase protected · controls PROTECTED 11/12 confirmed" in out.getvalue()
    assert "Bob        says [no]" in out.getvalue()


def test_on_a_terminal_the_standing_is_drawn_at_the_foot() -> None:
    out = io.StringIO()
    with Screen(lambda: NOON, Console(file=out, force_terminal=True, width=150)) as screen:
        screen.standing.read_card("STRESSED 3/9")
        screen.tell("Bob", "waits")
    assert "controls STRESSED 3/9 confirmed" in out.getvalue()


def test_a_market_without_a_tick_yet_leaves_the_standing_as_it_was() -> None:
    standing = Standing(hot="4.5M USDT")
    standing.read_market(None)
    assert standing.hot == "4.5M USDT"
