"""The shipped runbooks, gates, triggers, people and decision tree: what a commander is given at three a.m."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.domain.authority import Directory
from bot.domain.base import IncidentClass, Phase, Role, Severity
from bot.domain.classification import Answer, follow
from bot.domain.content import Content
from bot.domain.control import matching
from bot.domain.gate import GateFacts, Verdict, evaluate_gate
from bot.domain.runbook import Step, StepKind, steps_for
from bot.domain.signal import Reading, Sample, read_signal
from bot.domain.trigger import match_trigger
from bot.sandbox.marketplace.catalogue import defaults
from bot.sandbox.marketplace.model import Inputs, MarketModel
from bot.sandbox.marketplace.monitor import measures
from bot.sandbox.marketplace.scenario import SCENARIOS
from tests.content.folder import SHIPPED

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
C = IncidentClass
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def steps(content: Content, phase: Phase, class_: IncidentClass | None = None) -> list[Step]:
    return [step for _, step in steps_for(content.pinned.runbooks, phase, class_)]


def test_the_first_fifteen_minutes_are_those_agreed_on(shipped: Content) -> None:
    found = [(s.at, s.role, s.kind) for s in steps(shipped, Phase.CLASSIFY)]

    assert found == [
        (0, Role.INCIDENT_COMMANDER, StepKind.TASK),
        (0, Role.INCIDENT_COMMANDER, StepKind.TASK),
        (1, Role.TECHNICAL_LEAD, StepKind.CONTROL),
        (3, Role.WALLET_OPS_LEAD, StepKind.CONFIRM),
        (5, Role.TREASURY_LEAD, StepKind.GATE),
        (5, Role.SUPPORT_LEAD, StepKind.CONFIRM),
        (8, Role.INCIDENT_COMMANDER, StepKind.DECIDE),
        (10, Role.COMMS_OWNER, StepKind.PUBLISH),
    ]


S, P, R = Phase.STABILIZE, Phase.PROTECTED, Phase.RECOVER
TREASURY, WALLETS, TECHNICAL = Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD, Role.TECHNICAL_LEAD
AGREED: dict[IncidentClass, set[tuple[Phase, int, Role, StepKind]]] = {
    C.MARKET_MOVE: {
        (S, 5, TECHNICAL, StepKind.CONTROL),
        (S, 10, TREASURY, StepKind.CONFIRM),
        (P, 5, TECHNICAL, StepKind.CONTROL),
        (R, 15, TECHNICAL, StepKind.GATE),
        (R, 20, Role.COMMS_OWNER, StepKind.PUBLISH),
    },
    C.TECHNICAL_OUTAGE: {
        (S, 5, TECHNICAL, StepKind.DECIDE),
        (S, 5, WALLETS, StepKind.CONTROL),
        (P, 10, Role.SUPPORT_LEAD, StepKind.TASK),
        (R, 15, WALLETS, StepKind.CONFIRM),
    },
    C.RESERVE_ISSUE: {
        (S, 5, TREASURY, StepKind.CONFIRM),
        (S, 5, WALLETS, StepKind.CONTROL),
        (S, 15, Role.EXECUTIVE, StepKind.DECIDE),
        (P, 20, TREASURY, StepKind.TRANSFER),
        (P, 30, Role.COMPLIANCE_LEAD, StepKind.TASK),
        (R, 30, TREASURY, StepKind.GATE),
    },
    C.CUSTODY_INCIDENT: {
        (S, 0, WALLETS, StepKind.CONTROL),
        (S, 5, Role.EXECUTIVE, StepKind.DECIDE),
        (S, 15, TECHNICAL, StepKind.TASK),
        (P, 15, Role.COMPLIANCE_LEAD, StepKind.TASK),
        (P, 30, WALLETS, StepKind.TRANSFER),
        (R, 15, WALLETS, StepKind.CONFIRM),
    },
    C.COUNTERPARTY_FAILURE: {
        (S, 5, TREASURY, StepKind.CONTROL),
        (S, 10, TREASURY, StepKind.CONFIRM),
        (S, 15, WALLETS, StepKind.TRANSFER),
        (P, 15, TREASURY, StepKind.CONTROL),
        (P, 20, Role.COMMS_OWNER, StepKind.PUBLISH),
        (R, 30, TREASURY, StepKind.DECIDE),
    },
}
SITUATIONS = {
    "exchange-downtime": C.TECHNICAL_OUTAGE,
    "wallet-compromise": C.CUSTODY_INCIDENT,
    "custody-provider-pause": C.COUNTERPARTY_FAILURE,
    "delayed-settlement": C.COUNTERPARTY_FAILURE,
    "chain-congestion": C.TECHNICAL_OUTAGE,
}


@pytest.mark.parametrize("class_", C)
def test_each_class_brings_the_steps_agreed_on_at_their_minute(
    shipped: Content, class_: IncidentClass
) -> None:
    book = next(b for b in shipped.pinned.runbooks if b.class_ is class_ and not b.situation)
    found = {(s.phase, s.at, s.role, s.kind) for s in book.steps}

    assert AGREED[class_] <= found


def test_five_special_situations_each_belong_to_a_class_and_say_when_they_fit(shipped: Content) -> None:
    found = {b.id: b.class_ for b in shipped.pinned.runbooks if b.situation}

    assert found == SITUATIONS


@pytest.mark.parametrize("book_id", SITUATIONS)
def test_a_situations_runbook_runs_where_it_was_added_and_nowhere_else(
    shipped: Content, book_id: str
) -> None:
    for phase in (p for p in Phase if not p.ended):
        plain = steps_for(shipped.pinned.runbooks, phase, SITUATIONS[book_id])
        added = steps_for(shipped.pinned.runbooks, phase, None, [book_id])

        assert book_id not in {b.id for b, _ in plain}
        assert book_id in {b.id for b, _ in added}, phase


def test_a_runbook_says_who_decides_what_is_told_and_how_to_go_back(shipped: Content) -> None:
    for book in shipped.pinned.runbooks:
        kinds = {s.kind for s in book.steps}
        assert StepKind.PUBLISH in kinds, book.id
        assert StepKind.DECIDE in kinds, book.id
        assert book.decides
        for step in book.steps:
            if step.kind in (StepKind.DECIDE, StepKind.TRANSFER) or (step.gate and step.phase is not S):
                assert step.rollback or step.id == "check-books", step.id


def test_a_decision_names_options_that_differ_and_fit_a_button(shipped: Content) -> None:
    for book in shipped.pinned.runbooks:
        for step in book.steps:
            if step.kind is StepKind.DECIDE and not step.decide:
                assert 2 <= len({o.text for o in step.options}) == len(step.options) <= 10, step.id


def test_no_transfer_is_asked_for_without_saying_what_is_never_touched(shipped: Content) -> None:
    moving = [s for b in shipped.pinned.runbooks for s in b.steps if s.kind is StepKind.TRANSFER]

    assert len(moving) >= 6
    assert all("ever from escrow or segregated customer funds" in s.why for s in moving)
    kept = {name for name, bucket in shipped.authority.buckets.items() if not bucket.movable}
    assert kept == {"escrow", "customer_funds", "reserved_liabilities"}


def test_whoever_is_asked_to_tighten_is_entitled_to(shipped: Content) -> None:
    for book in shipped.pinned.runbooks:
        for step in book.steps:
            for control in matching(shipped.controls, step.control.id) if step.control else []:
                assert step.role in shipped.authority.rules[control.rule].tighten, (step.id, control.id)


def test_freezing_signing_is_decided_by_an_executive_and_pressed_by_nobody_here(shipped: Content) -> None:
    every = [s for b in shipped.pinned.runbooks for s in b.steps]
    decided = next(s for s in every if s.id == "decide-freeze-signing")

    assert (decided.role, decided.holders_alone) == (Role.EXECUTIVE, True)
    assert {o.id for o in decided.options} == {"freeze", "rescue_first", "keep"}
    assert "attest" in decided.rollback
    frozen = [c.id for s in every if s.control for c in matching(shipped.controls, s.control.id)]
    assert "custody.signing" not in frozen


def test_contacts_are_reachable_checked_and_every_one_is_named_by_a_step(shipped: Content) -> None:
    named = {c for b in shipped.pinned.runbooks for s in b.steps for c in s.contacts}

    assert named == set(shipped.directory.contacts)
    for contact in shipped.directory.contacts.values():
        assert contact.reach
        assert contact.purpose
        assert contact.checked
    acting = {p for who in shipped.directory.roles.values() for p in who.people}
    assert all(shipped.directory.people[p].phone for p in acting)


def test_every_text_and_every_macro_of_a_runbook_is_drafted_by_one(shipped: Content) -> None:
    published = {s.publish for b in shipped.pinned.runbooks for s in b.steps if s.publish}
    books = {b.id for b in shipped.pinned.runbooks}

    assert published == set(shipped.statuses)
    assert all(set(m.runbooks) <= books for m in shipped.macros)
    assert [m.id for m in shipped.macros if not m.runbooks] == [
        "money",
        "withdrawal",
        "limited",
        "resume",
        "works",
        "do",
    ]


@pytest.mark.parametrize(
    ("alert", "class_", "runbook"),
    [
        ("ExchangeDown", C.TECHNICAL_OUTAGE, "exchange-downtime"),
        ("VenueDownHarbor", C.TECHNICAL_OUTAGE, "exchange-downtime"),
        ("KeyCompromiseSuspected", C.CUSTODY_INCIDENT, "wallet-compromise"),
        ("SignerChanged", C.CUSTODY_INCIDENT, "wallet-compromise"),
        ("SigningPolicyChanged", C.CUSTODY_INCIDENT, "wallet-compromise"),
        ("CustodyProviderPaused", C.COUNTERPARTY_FAILURE, "custody-provider-pause"),
        ("CustodianProviderSilent", C.COUNTERPARTY_FAILURE, "custody-provider-pause"),
        ("SettlementDelayed", C.COUNTERPARTY_FAILURE, "delayed-settlement"),
        ("ChainCongested", C.TECHNICAL_OUTAGE, "chain-congestion"),
        ("ChainUpgradeDue", C.TECHNICAL_OUTAGE, "chain-congestion"),
        ("DuplicatePayouts", C.TECHNICAL_OUTAGE, ""),
        ("ExecutableDepthLow", C.MARKET_MOVE, ""),
        ("UnclaimedOutflow", C.CUSTODY_INCIDENT, ""),
        ("CounterpartyDown", C.COUNTERPARTY_FAILURE, ""),
        ("HotWalletCoverageLow", C.RESERVE_ISSUE, ""),
    ],
)
def test_an_alert_suggests_the_class_and_the_runbook_of_its_situation(
    shipped: Content, alert: str, class_: IncidentClass, runbook: str
) -> None:
    found = match_trigger(shipped.triggers, {"alertname": alert, "severity": "critical"})

    assert found
    assert (found.class_hint, found.runbook) == (class_, runbook)


@pytest.mark.parametrize("phase", [p for p in Phase if not p.ended])
def test_every_phase_has_steps_in_every_incident(shipped: Content, phase: Phase) -> None:
    assert steps(shipped, phase)
    for class_ in C:
        assert any(b.class_ is class_ for b, _ in steps_for(shipped.pinned.runbooks, phase, class_))
    assert all(r.steps for r in shipped.pinned.runbooks)


def test_every_step_says_why_in_full_sentences_and_what_touches_customers_how_to_go_back(
    shipped: Content,
) -> None:
    for book in shipped.pinned.runbooks:
        for step in book.steps:
            assert step.why.endswith("."), step.id
            assert len(step.title) <= 150, step.id
            if (
                step.kind in (StepKind.CONTROL, StepKind.MODE, StepKind.PUBLISH)
                and step.phase is not Phase.REVIEW
            ):
                assert step.rollback or step.id == "update-stabilize", step.id


def test_most_steps_take_one_tap(shipped: Content) -> None:
    every = [step for book in shipped.pinned.runbooks for step in book.steps]

    assert sum(bool(step.asks) for step in every) * 4 < len(every)


def test_the_cause_may_be_declared_over_in_both_phases_that_lead_to_recover(shipped: Content) -> None:
    gate = shipped.gates["cause-ended"]
    ways = {
        s.id: s.phase
        for b in shipped.pinned.runbooks
        for s in b.steps
        if s.id in gate.conditions[0].step_done
    }

    assert set(ways.values()) == {Phase.STABILIZE, Phase.PROTECTED}
    for step in ways:
        facts = GateFacts(now=NOW, readings={}, steps_done=frozenset({step}))
        assert evaluate_gate(gate, facts).is_open
    assert not evaluate_gate(gate, GateFacts(now=NOW, readings={})).is_open


def test_the_review_is_complete_only_when_all_of_it_was_done(shipped: Content) -> None:
    gate = shipped.gates["review-complete"]
    needed = {one for condition in gate.conditions for one in condition.step_done}
    in_review = {s.id for s in steps(shipped, Phase.REVIEW)}

    assert shipped.phase_gates["closed"] == ("review-complete",)
    assert needed <= in_review
    assert evaluate_gate(gate, GateFacts(now=NOW, readings={}, steps_done=frozenset(needed))).is_open
    for one in needed:
        facts = GateFacts(now=NOW, readings={}, steps_done=frozenset(needed - {one}))
        assert one in evaluate_gate(gate, facts).reason


def readings(content: Content, values: Mapping[str, object]) -> dict[str, Reading]:
    samples = {
        name: Sample(signal=name, value=Decimal(str(value)), at=NOW, received_at=NOW)
        for name, value in values.items()
        if value is not None
    }
    return {name: read_signal(spec, samples.get(name), NOW) for name, spec in content.signals.items()}


def market(scenario: str, minutes: int) -> dict[str, object]:
    """What the marketplace's monitor says after so many minutes in which nobody acts."""
    model = MarketModel(7, SCENARIOS[scenario])
    for _ in range(minutes):
        record = model.step(Inputs(defaults()))
    return measures(record)


def test_the_monitor_pushes_exactly_the_signals_that_are_known(shipped: Content) -> None:
    assert set(market("calm", 1)) == set(shipped.signals)


@pytest.mark.parametrize(
    "gate", ["books-match-now", "covered", "coverage-restored", "refill-keeps-up", "nothing-unclaimed"]
)
def test_a_gate_is_open_on_an_ordinary_day(shipped: Content, gate: str) -> None:
    facts = GateFacts(now=NOW, readings=readings(shipped, market("calm", 120)))

    assert evaluate_gate(shipped.gates[gate], facts).verdict is Verdict.OPEN


@pytest.mark.parametrize("gate", ["coverage-restored", "refill-keeps-up"])
def test_a_gate_is_shut_in_the_middle_of_a_run(shipped: Content, gate: str) -> None:
    facts = GateFacts(now=NOW, readings=readings(shipped, market("counterparty_failure", 60)))

    assert evaluate_gate(shipped.gates[gate], facts).verdict is Verdict.SHUT


def test_no_gate_over_signals_opens_on_a_dead_feed(shipped: Content) -> None:
    facts = GateFacts(now=NOW, readings=readings(shipped, {}))

    for gate in shipped.gates.values():
        if any(condition.when for condition in gate.conditions):
            assert evaluate_gate(gate, facts).verdict is Verdict.UNKNOWN, gate.id


def test_an_unmodified_alertmanager_body_raises_the_suggestion(shipped: Content) -> None:
    fixture = SHIPPED / "bot" / "sandbox" / "marketplace" / "alertmanager-firing.json"
    labels = json.loads(fixture.read_text())["alerts"][0]["labels"]

    trigger = match_trigger(shipped.triggers, labels)

    assert trigger is not None
    assert (trigger.id, trigger.severity) == ("hot-wallet-coverage", Severity.SEV1)


def test_any_critical_alert_raises_a_suggestion_and_a_warning_none(shipped: Content) -> None:
    caught = match_trigger(shipped.triggers, {"alertname": "DiskFull", "severity": "critical"})

    assert caught is not None
    assert caught.id == "any-critical"
    assert match_trigger(shipped.triggers, {"alertname": "DiskFull", "severity": "warning"}) is None


@pytest.mark.parametrize(
    ("answers", "class_", "firm"),
    [
        ({"unclaimed-outflow": YES}, C.CUSTODY_INCIDENT, True),
        ({"unclaimed-outflow": UNKNOWN}, C.CUSTODY_INCIDENT, False),
        ({"unclaimed-outflow": NO, "books-differ": YES, "deploy-explains": YES}, C.TECHNICAL_OUTAGE, True),
        ({"unclaimed-outflow": NO, "books-differ": YES, "deploy-explains": NO}, C.CUSTODY_INCIDENT, True),
        (
            {"unclaimed-outflow": NO, "books-differ": YES, "deploy-explains": UNKNOWN},
            C.CUSTODY_INCIDENT,
            False,
        ),
        ({"unclaimed-outflow": NO, "books-differ": NO, "provider-stuck": YES}, C.COUNTERPARTY_FAILURE, True),
    ],
)
def test_the_tree_tells_the_dangerous_classes_first(
    shipped: Content, answers: dict[str, Answer], class_: IncidentClass, firm: bool
) -> None:
    found = follow(shipped.pinned.tree, answers)

    assert (found.next, found.class_, found.firm) == (None, class_, firm)


@pytest.mark.parametrize(
    ("last", "class_"),
    [
        ({"short-of-liquid": YES}, C.RESERVE_ISSUE),
        ({"short-of-liquid": NO, "requests-fail": YES}, C.TECHNICAL_OUTAGE),
        ({"short-of-liquid": NO, "requests-fail": NO, "market-moves": YES}, C.MARKET_MOVE),
        ({"short-of-liquid": NO, "requests-fail": NO, "market-moves": NO}, None),
        ({"short-of-liquid": NO, "requests-fail": NO, "market-moves": UNKNOWN}, None),
    ],
)
def test_the_tree_goes_on_to_the_others(
    shipped: Content, last: dict[str, Answer], class_: IncidentClass | None
) -> None:
    first = dict.fromkeys(["unclaimed-outflow", "books-differ", "provider-stuck"], NO)

    found = follow(shipped.pinned.tree, first | last)

    assert (found.next, found.class_) == (None, class_)


def test_carol_is_known_and_entitled_to_nothing(shipped: Content) -> None:
    directory: Directory = shipped.directory

    assert directory.by_slack("U03CAROL") == directory.people["carol"]
    assert directory.eligible("carol") == frozenset()


def test_every_role_has_somebody_and_the_six_are_where_they_belong(shipped: Content) -> None:
    eligible = {one: shipped.directory.eligible(one) for one in shipped.directory.people}

    assert all(shipped.directory.holders([role]) for role in Role)
    assert Role.INCIDENT_COMMANDER in eligible["alice"]
    assert eligible["bob"] == {Role.TREASURY_LEAD}
    assert {Role.COMMS_OWNER, Role.SUPPORT_LEAD} <= eligible["dana"]
    assert Role.EXECUTIVE in eligible["erin"]
    assert {Role.TECHNICAL_LEAD, Role.WALLET_OPS_LEAD} <= eligible["frank"]
