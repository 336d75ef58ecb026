"""An approval is a yes to exactly what was shown: anything else has another hash and is named."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.approval import Move, PlanStage, ReleasePlan, Shown, changed
from bot.domain.base import Environment, Role
from tests.domain.builders import NOW

MOVE = Move(control_id="swaps", target="all", from_level="none", to_level="low_risk")
SHOWN = Shown(
    proposal_id="p1",
    moves=(MOVE,),
    hold_versions={"h1": 3, "h2": 1},
    gates={"books_agree": "open"},
    content_digest="c0ffee",
    pairs=((Role.TREASURY_LEAD, Role.INCIDENT_COMMANDER),),
    expires_at=NOW,
)
OTHERWISE: list[tuple[str, Any, str]] = [
    ("proposal_id", "p2", "the proposal"),
    ("moves", (), "the controls or levels"),
    ("hold_versions", {"h1": 4, "h2": 1}, "a hold"),
    ("gates", {"books_agree": "shut"}, "a gate"),
    ("content_digest", "decaf", "the runbooks"),
    ("pairs", ((Role.TREASURY_LEAD, Role.EXECUTIVE),), "who must approve"),
    ("expires_at", NOW + timedelta(seconds=1), "until when it may be approved"),
    ("step_back", ("covered",), "what takes a step back"),
    ("targets", {"swaps": "low_risk"}, "what it is lowered to"),
]


@pytest.mark.parametrize(("field", "value", "words"), OTHERWISE, ids=[o[0] for o in OTHERWISE])
def test_whatever_changes_gives_another_hash_and_is_named(field: str, value: Any, words: str) -> None:
    now = SHOWN.model_copy(update={field: value})
    assert now.hash != SHOWN.hash
    assert changed(SHOWN, now) == [words]


def test_every_field_of_what_is_shown_is_tried_above() -> None:
    assert {field for field, _, _ in OTHERWISE} == set(Shown.model_fields)


@pytest.mark.parametrize(
    "other",
    [
        {"control_id": "quotes"},
        {"target": "eu"},
        {"from_level": "normal"},
        {"to_level": "normal"},
        {"suspended": True},
        {"baseline_off": True},
        {"baseline": {"mode": "paused"}},
    ],
    ids=str,
)
def test_every_part_of_a_move_counts(other: dict[str, Any]) -> None:
    now = SHOWN.model_copy(update={"moves": (MOVE.model_copy(update=other),)})
    assert now.hash != SHOWN.hash
    assert changed(SHOWN, now) == ["the controls or levels"]


@pytest.mark.parametrize("hold_versions", [{"h1": 3}, {"h1": 3, "h2": 1, "h3": 1}, {"h1": 3, "h9": 1}])
def test_a_hold_that_came_or_went_counts(hold_versions: dict[str, int]) -> None:
    now = SHOWN.model_copy(update={"hold_versions": hold_versions})
    assert now.hash != SHOWN.hash
    assert changed(SHOWN, now) == ["a hold"]


def test_the_same_content_has_the_same_hash_however_it_was_written() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    again = Shown.model_validate(
        SHOWN.model_dump() | {"hold_versions": {"h2": 1, "h1": 3}, "expires_at": east}
    )
    assert again.hash == SHOWN.hash
    assert changed(SHOWN, again) == []
    assert Shown.model_validate_json(SHOWN.model_dump_json()).hash == SHOWN.hash


def test_several_changes_are_all_named() -> None:
    now = SHOWN.model_copy(update={"gates": {}, "hold_versions": {}})
    assert changed(SHOWN, now) == ["a hold", "a gate"]


def test_an_expiry_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        Shown.model_validate(SHOWN.model_dump() | {"expires_at": NOW.replace(tzinfo=None)})


def test_a_plan_has_a_stage_at_hand_until_the_last_is_through() -> None:
    stages = tuple(PlanStage(id=i, title=i, levels={}) for i in ("one", "two"))
    plan = ReleasePlan(
        id="plan",
        proposal_id="p1",
        incident_id="INC-1",
        environment=Environment.LIVE,
        decision_id="d",
        content_digest="c0ffee",
        stages=stages,
    )
    at_hand = [plan.model_copy(update={"stage": i}).at_hand for i in range(3)]
    assert at_hand == [stages[0], stages[1], None]
