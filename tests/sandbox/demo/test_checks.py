"""Every check holds on a good performance and fails when what it looks for is spoiled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.demo.checks import Evidence, all_checks
from tests.sandbox.demo.evidence import SWAPS, at, good, macros, put, row, with_row, without

Spoil = Callable[[Evidence], Evidence]


def failed(seen: Evidence) -> list[str]:
    return [check.name for check in all_checks(seen) if not check.held]


def with_notes(**changes: object) -> Spoil:
    return lambda seen: replace(seen, notes=replace(seen.notes, **changes))  # type: ignore[arg-type] # by name


def approved_by(person: str) -> Spoil:
    return lambda seen: with_row(without(seen, "proposal.approved"), row(21, "proposal.approved", person))


def without_review(seen: Evidence) -> Evidence:
    (seen.out / "review.html").unlink()
    return seen


def review_that_fetches(seen: Evidence) -> Evidence:
    (seen.out / "review.html").write_text("<script src='https://example.com/x.js'></script>")
    return seen


def without_feed(seen: Evidence) -> Evidence:
    (seen.out / "status" / "feed.atom").unlink()
    return seen


SPOILED: list[tuple[str, Spoil]] = [
    ("an unmodified Alertmanager body", lambda s: without(s, "suggestion.raised")),
    (
        "the tree was answered",
        lambda s: with_row(s, row(3, "classification.answered", "alice", signals={})),
    ),
    ("every phase", lambda s: with_row(s, row(30, "phase.entered", after="protected"))),
    ("Carol was refused", lambda s: with_row(s, row(30, "note", "carol"))),
    ("Carol was refused", with_notes(refusals=[])),
    ("protection was confirmed whole", with_notes(mode_confirmed="PROTECTED 1/2")),
    ("the bot was killed", with_notes(bot_exit=0)),
    ("the bot was killed", with_notes(killed_at=at(13))),
    ("a second person", approved_by("alice")),
    ("a second person", lambda s: without(s, "proposal.approved")),
    ("stage by stage", lambda s: without(s, "plan.done")),
    ("stage by stage", lambda s: without(s, "plan.stage_confirmed")),
    (
        "back at its baseline",
        lambda s: replace(
            s, controls=[{"path": SWAPS, "value": {"pairs": "none"}, "default": {"pairs": "all"}}]
        ),
    ),
    ("no generation", lambda s: replace(s, audit=[*s.audit, put(30, "all", "1/2")])),
    ("no generation", lambda s: replace(s, audit=[*s.audit, put(30, "all", "1/1")])),
    ("no generation", lambda s: replace(s, audit=[])),
    ("carried its reason", lambda s: replace(s, audit=[*s.audit, {**put(30, "all", "1/3"), "reason": None}])),
    (
        "what the public was told",
        lambda s: replace(
            s, updates=[*s.updates, {"created_at": at(16).isoformat(), "body": "All is well."}]
        ),
    ),
    ("what the public was told", lambda s: replace(s, updates=s.updates[:3])),
    ("the macros answered", lambda s: replace(s, macros={**s.macros, "end": macros(16, "All works.")})),
    ("the macros answered", lambda s: replace(s, macros={"end": s.macros["end"]})),
    ("the ledger's chain", lambda s: replace(s, verify=(1, "The ledger does not hold: row 7."))),
    ("Slack refused no message", lambda s: replace(s, refusals=[{"where": "views.open", "error": "x"}])),
    ("within three seconds", with_notes(slowest_ack_ms=3001.0)),
    ("nobody was paged", lambda s: with_row(s, row(30, "role.unanswered"))),
    ("protection kept money", lambda s: replace(s, figures=replace(s.figures, kept="-1"))),
    ("one self-contained file", without_review),
    ("one self-contained file", review_that_fetches),
    ("the status page's history", without_feed),
]


def test_every_check_holds_on_a_good_performance(tmp_path: Path) -> None:
    assert failed(good(tmp_path)) == []


@pytest.mark.parametrize(("name", "spoil"), SPOILED)
def test_a_check_fails_when_what_it_looks_for_is_spoiled(tmp_path: Path, name: str, spoil: Spoil) -> None:
    assert any(name in one for one in failed(spoil(good(tmp_path))))


def test_what_was_found_reads_as_words_and_figures(tmp_path: Path) -> None:
    seen = good(tmp_path)
    dear = replace(seen, figures=replace(seen.figures, kept="3106129.40"))
    found = [check.found for check in all_checks(dear)]
    assert "HotWalletCoverageLow, critical" in found
    assert "3,106,129 USDT" in found


def test_no_check_is_left_out_here(tmp_path: Path) -> None:
    names = [check.name for check in all_checks(good(tmp_path))]
    assert [name for name in names if not any(part in name for part, _ in SPOILED)] == []
