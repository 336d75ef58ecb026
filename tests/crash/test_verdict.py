"""The verdict sees each kind of damage that a crash could do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.approval import PlanStage, PlanStatus, ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.control import ControlState
from bot.domain.ledger import Entry, Head, Row, chain, sign
from bot.usecases.ports import Actuation
from tests.crash.facts import Facts, Left
from tests.crash.verdict import violations
from tests.crash.world import content
from tests.support.clock import START
from tests.support.made import hold

KEY = Environment.SANDBOX
CONTROL = content("http://127.0.0.1:1").by_id["withdrawals.limit.USDT.TRON"]
TIGHT, NORMAL = CONTROL.level("tightened").value, CONTROL.levels[0].value


def _entry(entry_id: str, kind: str, **data: Any) -> Entry:
    return Entry(id=entry_id, at=START, environment=KEY, kind=kind, actor="alice", data=data)


def _intent(entry_id: str, generation: int, **more: Any) -> Entry:
    facts: dict[str, Any] = {
        "level": "tightened",
        "value": TIGHT,
        "observed": NORMAL,
        "decision": "d1",
        "course": "tighten",
    }
    facts |= {"control": CONTROL.id, "generation": generation, "epoch": 1, **more}
    return _entry(entry_id, "actuation.intended", **facts)


def _applied(generation: int, value: dict[str, Any] = TIGHT) -> dict[str, Any]:
    key = f"sandbox/1/{CONTROL.id}/all/{generation}"
    mark = f"1/{generation}"
    return {"applied": True, "idempotency_key": key, "generation": mark, "value_after": value}


def _actuation(decision: str = "d1", **more: Any) -> Actuation:
    facts: dict[str, Any] = {"outcome": Outcome.CONFIRMED, "level": "tightened", **more}
    return Actuation(
        id=f"act_{decision}",
        environment=KEY,
        control_id=CONTROL.id,
        decision_id=decision,
        incident_id="INC-1",
        hold_id="hold_1",
        created_at=START,
        **facts,
    )


def _ledger(*entries: Entry) -> list[Row]:
    return chain(Head(), entries)[0]


def _state(value: dict[str, Any]) -> ControlState:
    return ControlState(environment=KEY, control_id=CONTROL.id, observed=value)


DECIDED = _entry("d1", "control.decided", control=CONTROL.id)
CONFIRMED = _entry("e1", "actuation.confirmed", control=CONTROL.id, generation=1)
SOUND = _ledger(DECIDED, _intent("i1", 1), CONFIRMED)
ANCHOR = sign(Head(seq=3, hash=SOUND[-1].hash), START, Ed25519PrivateKey.from_private_bytes(bytes(32)))
PLAN = ReleasePlan(
    id="plan_1",
    proposal_id="prop_1",
    incident_id="INC-1",
    environment=KEY,
    decision_id="p1",
    content_digest="c0ffee",
    stages=(PlanStage(id="release", title="Release", levels={CONTROL.id: "normal"}),),
)
FACTS = Facts(
    controls={CONTROL.id: CONTROL},
    decided=["d1"],
    first={"act_d1": Outcome.CONFIRMED},
    rows=SOUND,
    anchors=[ANCHOR],
    trusted_key=ANCHOR.key_id,
    actuations=[_actuation()],
    holds=[hold(control_id=CONTROL.id, environment=KEY, value=TIGHT)],
    plans=[],
    states={CONTROL.id: _state(TIGHT)},
    jobs=[Left("hold_review:hold_1", late=False, error="")],
    audit=[_applied(1)],
    read={CONTROL.id: TIGHT},
)


def _rows(*more: Entry) -> list[Row]:
    return _ledger(DECIDED, _intent("i1", 1), CONFIRMED, *more)


DAMAGE: dict[str, dict[str, Any]] = {
    "every_decision_told_is_recorded": {"decided": ["d1", "d2"]},
    "every_decision_ends_once": {"actuations": []},
    "every_decision_ends_once: pending": {"actuations": [_actuation(outcome=Outcome.PENDING)]},
    "every_decision_ends_once: twice": {"actuations": [_actuation(), _actuation()]},
    "every_decision_ends_once: revised": {"first": {"act_d1": Outcome.REJECTED}},
    "every_decision_ends_once: undecided": {"actuations": [_actuation(), _actuation("d2")]},
    "every_release_ran_or_says_why": {"plans": [PLAN]},
    "every_release_ran_or_says_why: mute": {"plans": [PLAN.model_copy(update={"status": PlanStatus.PAUSED})]},
    "no_generation_takes_effect_twice_or_late": {"audit": [_applied(1), _applied(1)]},
    "no_generation_takes_effect_twice_or_late: late": {
        "rows": _rows(_intent("i2", 2)),
        "audit": [_applied(2), _applied(1)],
    },
    "nothing_took_effect_unintended": {"audit": [_applied(2)]},
    "nothing_took_effect_unintended: other": {"audit": [_applied(1, NORMAL)]},
    "every_intent_follows_its_decision": {"rows": _ledger(_intent("i1", 1), DECIDED, CONFIRMED)},
    "every_intent_follows_its_decision: loosened": {
        "rows": _rows(_intent("i2", 2, level=None, value=NORMAL, observed=TIGHT, course="loosen"))
    },
    "generations_only_grow": {"rows": _rows(_intent("i2", 2), CONFIRMED.model_copy(update={"id": "e2"}))},
    "generations_only_grow: two values": {"rows": _rows(_intent("i2", 1, value=NORMAL))},
    "a_lost_answer_is_retried_under_its_own_generation": {
        "rows": _ledger(DECIDED, _intent("i1", 1), _intent("i2", 2))
    },
    "observed_is_desired": {"read": {CONTROL.id: NORMAL}},
    "observed_is_desired: said": {"states": {CONTROL.id: _state(NORMAL)}},
    "observed_is_desired: released": {"holds": []},
    "the_chain_holds": {"rows": [SOUND[0], SOUND[2]]},
    "the_chain_holds: cut": {"rows": SOUND[:2]},
    "the_chain_holds: unsigned": {"anchors": []},
    "no_job_is_left_but_watches": {"jobs": [Left("card:INC-1", late=True, error="")]},
}


def test_what_was_carried_out_as_it_should_be_is_sound() -> None:
    assert violations(FACTS) == []


@pytest.mark.parametrize("what", DAMAGE)
def test_the_verdict_sees(what: str) -> None:
    found = violations(replace(FACTS, **DAMAGE[what]))
    assert any(said.startswith(what.partition(":")[0] + ": ") for said in found), found
