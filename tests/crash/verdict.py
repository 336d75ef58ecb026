"""What must hold after any crash; each check gives the sentences of what does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.domain.approval import PlanStatus
from bot.domain.control import Value, desired_hold, same_value
from bot.domain.ledger import Row, find_flaw
from tests.crash.facts import Facts

TIGHTENS, LOOSENS = "control.decided", "plan.stage_begun"
INTENT = "actuation.intended"
ENDS = {"actuation.confirmed", "actuation.rejected", "actuation.mismatch", "actuation.unknown"}
Mark = tuple[int, int]
Intents = dict[tuple[str, Mark], list[Row]]


def violations(facts: Facts) -> list[str]:
    """Everything that a crash has broken; empty when nothing is."""
    return [f"{check.__name__}: {said}" for check in CHECKS for said in check(facts)]


def every_decision_told_is_recorded(facts: Facts) -> Iterator[str]:
    known = {row.id for row in facts.rows}
    yield from (f"{one} was told to a person and is lost" for one in facts.decided if one not in known)


def every_decision_ends_once(facts: Facts) -> Iterator[str]:
    """One actuation for each decision and control, each with one final outcome that was never revised."""
    asked: Counter[tuple[str, str, str]] = Counter()
    for one in facts.actuations:
        asked[one.decision_id, one.control_id, one.target] += 1
        if not one.outcome.final:
            yield f"{one.id} on {one.control_id} is {one.outcome}"
        first = facts.first.get(one.id, one.outcome)
        if first is not one.outcome:
            yield f"{one.id} on {one.control_id} was {first} and became {one.outcome}"
    yield from (f"{key} has {number} outcomes" for key, number in asked.items() if number != 1)
    decided = {(row.id, c) for row in facts.rows for c in _decided(row)}
    have = {(decision, control) for decision, control, _ in asked}
    yield from (f"{one} has no outcome" for one in sorted(decided - have))
    yield from (f"{one} was never decided" for one in sorted(have - decided))


def every_release_ran_or_says_why(facts: Facts) -> Iterator[str]:
    for plan in facts.plans:
        if plan.status is PlanStatus.RUNNING or (
            plan.status is PlanStatus.PAUSED and not plan.paused_because
        ):
            yield f"{plan.id} is {plan.status} at stage {plan.stage}"


def no_generation_takes_effect_twice_or_late(facts: Facts) -> Iterator[str]:
    """By the service's own record."""
    last: dict[str, Mark] = {}
    for applied in facts.audit:
        if not applied["applied"]:
            continue
        control, mark = _control(applied), _mark(applied["generation"])
        if mark <= last.get(control, (0, 0)):
            yield f"{control}: {mark} took effect after {last[control]}"
        last[control] = max(mark, last.get(control, mark))


def nothing_took_effect_unintended(facts: Facts) -> Iterator[str]:
    """Reason before effect: each has its committed intent, of that very value."""
    intents = _intents(facts)
    for applied in facts.audit:
        if not applied["applied"]:
            continue
        control, mark = _control(applied), _mark(applied["generation"])
        rows = intents.get((control, mark), [])
        if not any(_within(row.data["value"], applied["value_after"]) for row in rows):
            yield f"{control}: {mark} set what nobody intended"


def every_intent_follows_its_decision(facts: Facts) -> Iterator[str]:
    """A looser value only under an approved release; the level never goes down without one."""
    seen: dict[str, str] = {}
    for row in facts.rows:
        seen[row.id] = row.kind
        if row.kind != INTENT:
            continue
        kind = seen.get(row.data["decision"])
        allowed = {LOOSENS} if row.data["course"] == "loosen" else {TIGHTENS, LOOSENS}
        if kind not in allowed:
            yield f"row {row.seq} would {row.data['course']} {row.data['control']} under {kind}"
        control, observed = facts.controls[row.data["control"]], row.data["observed"]
        now, then = control.level_of(observed), control.level_of(row.data["value"])
        looser = now is not None and then is not None and control.index(then.id) < control.index(now.id)
        if looser and kind != LOOSENS:
            yield f"row {row.seq} loosens {control.id} without an approval"


def generations_only_grow(facts: Facts) -> Iterator[str]:
    """A retry keeps its own and its value; what a lost lease left is never recorded after a newer one."""
    newest: dict[str, Mark] = {}
    for row in facts.rows:
        if row.kind != INTENT and row.kind not in ENDS:
            continue
        control = row.data["control"]
        mark = _mark_of(row, newest.get(control, (0, 0)))
        if mark < newest.get(control, (0, 0)):
            yield f"row {row.seq} records {row.kind} of {control} {mark} after {newest[control]}"
        newest[control] = max(mark, newest.get(control, mark))
    for (control, mark), rows in _intents(facts).items():
        if any(not same_value(row.data["value"], rows[0].data["value"]) for row in rows):
            yield f"{control}: {mark} was used for two values"


def a_lost_answer_is_retried_under_its_own_generation(facts: Facts) -> Iterator[str]:
    """A new generation comes only after the last one was heard of, or because another level is desired."""
    open_: dict[str, Row] = {}
    for row in facts.rows:
        if row.kind in ENDS - {"actuation.unknown"} or row.kind == "actuation.settled":
            open_.pop(row.data["control"], None)
        if row.kind != INTENT:
            continue
        before = open_.get(row.data["control"])
        same = before is not None and before.data["level"] == row.data["level"]
        if before is not None and same and before.data["generation"] != row.data["generation"]:
            yield f"row {row.seq} retries {row.data['control']} under a new generation"
        open_[row.data["control"]] = row


def observed_is_desired(facts: Facts) -> Iterator[str]:
    """At the service, and in what we say of it; where nothing is held, the baseline."""
    for control in facts.controls.values():
        hold = desired_hold(control, facts.holds)
        wanted: Value = hold.value if hold else control.levels[0].value
        seen = facts.read[control.id]
        if not same_value(seen, wanted):
            yield f"{control.id} is {seen}, desired is {wanted}"
        state = facts.states.get(control.id)
        if state is not None and (state.observed is None or not same_value(state.observed, wanted)):
            yield f"{control.id} is said to be {state.observed}, desired is {wanted}"


def the_chain_holds(facts: Facts) -> Iterator[str]:
    flaw = find_flaw(facts.rows, facts.anchors, facts.trusted_key)
    if flaw is not None:
        yield flaw.what
    if not facts.anchors:
        yield "no head was ever signed"


def no_job_is_left_but_watches(facts: Facts) -> Iterator[str]:
    """What is still there lies ahead: the next look at a control, or a deadline."""
    for job in facts.jobs:
        if job.late and not job.key.startswith("actuate:"):
            yield f"{job.key} is left: {job.error}"


Check = Callable[[Facts], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    every_decision_told_is_recorded,
    every_decision_ends_once,
    every_release_ran_or_says_why,
    no_generation_takes_effect_twice_or_late,
    nothing_took_effect_unintended,
    every_intent_follows_its_decision,
    generations_only_grow,
    a_lost_answer_is_retried_under_its_own_generation,
    observed_is_desired,
    the_chain_holds,
    no_job_is_left_but_watches,
)


def _decided(row: Row) -> list[str]:
    if row.kind == TIGHTENS:
        return [row.data["control"]]
    return list(row.data["levels"]) if row.kind == LOOSENS else []


def _intents(facts: Facts) -> Intents:
    out: Intents = defaultdict(list)
    for row in facts.rows:
        if row.kind == INTENT:
            out[row.data["control"], _mark_of(row, (0, 0))].append(row)
    return out


def _mark_of(row: Row, known: Mark) -> Mark:
    return int(row.data.get("epoch", known[0])), int(row.data["generation"])


def _mark(generation: str) -> Mark:
    epoch, number = generation.split("/")
    return int(epoch), int(number)


def _control(applied: Mapping[str, Any]) -> str:
    """The control in an idempotency key: environment/epoch/control/target/generation."""
    return str(applied["idempotency_key"]).split("/")[2]


def _within(value: Value, after: Mapping[str, Any]) -> bool:
    """Whether the service came to stand so; it keeps fields of its own beside ours."""
    return same_value(value, {name: after.get(name) for name in value})
