"""Every ledger row reads as words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.base import Environment
from bot.domain.ledger import Row
from bot.usecases import narrate

USECASES = Path(__file__).parents[2] / "bot" / "usecases"


def test_every_kind_of_row_that_is_written_has_words_of_its_own() -> None:
    written: set[str] = set()
    for path in USECASES.glob("*.py"):
        written |= set(re.findall(r'"((?:[a-z]+)\.[a-z_]+)",\s*(?:None|actor)', path.read_text()))
    assert len(written) > 40
    assert {
        kind for kind in written if kind not in narrate._SAYS and not kind.startswith("actuation.")
    } == set()


CALLED = {"change_freeze": "Change freeze", "swaps": "Instant swaps", "pub_1": "“All limits are lifted”"}


def row(kind: str, **data: Any) -> Row:
    at = datetime(2026, 11, 20, 18, tzinfo=UTC)
    return Row(
        id="rec_1",
        seq=1,
        at=at,
        environment=Environment.LIVE,
        kind=kind,
        actor="frank",
        data=data,
        prev_hash="",
        hash="",
    )


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("control.decided", {"control": "swaps", "level": "none"}, "set Instant swaps to none"),
        (
            "control.decided",
            {"step": "freeze", "levels": {"change_freeze": "frozen"}},
            "set Change freeze to frozen",
        ),
        (
            "control.decided",
            {"levels": {"change_freeze": "frozen", "swaps": "low_risk"}},
            "set Change freeze to frozen, Instant swaps to low risk",
        ),
        ("control.decided", {"levels": dict.fromkeys("abcd", "x")}, "set 4 controls"),
        ("mode.decided", {"mode": "stressed", "levels": {"a": "x"}}, "set stressed mode, 1 control"),
        ("steps.superseded", {"steps": ["a"]}, "took 1 unfinished step off the list"),
        ("steps.superseded", {"steps": ["a", "b"]}, "took 2 unfinished steps off the list"),
        (
            "proposal.made",
            {"shown": {"moves": [{"control_id": "swaps"}]}},
            "proposed to loosen Instant swaps",
        ),
        (
            "plan.stage_begun",
            {"stage": "trickle", "title": "Small ones", "levels": {"swaps": "some"}},
            "began the ladder step “Small ones”",
        ),
        (
            "plan.stage_begun",
            {"stage": "release", "levels": {"swaps": "some"}},
            "began lowering Instant swaps to some",
        ),
        (
            "actuation.settled",
            {"control": "swaps", "outcomes": {"dec_1": "already_set"}},
            "Instant swaps: already as asked, confirmed by reading back",
        ),
        (
            "actuation.settled",
            {"control": "swaps", "outcomes": {"dec_1": "already_set"}, "detail": "somebody else set it"},
            "Instant swaps: left as it is",
        ),
        ("publication.approved", {"publication": "pub_1"}, "approved “All limits are lifted”"),
        ("publication.approved", {"publication": "pub_2"}, "approved the text"),
        ("publication.drafted", {"publication": "pub_2", "spec": "holding"}, "drafted “holding”"),
    ],
)
def test_a_row_says_what_was_done_to_what(kind: str, data: dict[str, Any], said: str) -> None:
    assert narrate.happened(row(kind, **data), CALLED) == said


def test_a_reason_names_no_proposal_by_its_id() -> None:
    assert narrate.because(row("step.done", said="Approved with prop_825e1f")) == "Approved with the proposal"
