"""The tree that tells the classes apart: every path, and what an unknown answer does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.base import IncidentClass
from bot.domain.classification import Answer, DecisionTree, Finding, Question, follow

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN

TREE = DecisionTree(
    questions=(
        Question(id="unclaimed", ask="An outflow nobody claims?", yes="custody_incident", no="books"),
        Question(id="books", ask="Do the books differ from the chain?", yes="deploy", no="provider"),
        Question(
            id="deploy",
            ask="Does a deploy explain it?",
            yes="technical_outage",
            no="custody_incident",
            dangerous=NO,
        ),
        Question(
            id="provider", ask="Assets stuck with one provider?", yes="counterparty_failure", no="liquid"
        ),
        Question(
            id="liquid", ask="Liquid value under 24 h of obligations?", yes="reserve_issue", no="requests"
        ),
        Question(
            id="requests", ask="Wallets funded, yet requests fail?", yes="technical_outage", no="market"
        ),
        Question(
            id="market",
            ask="Two venues moving, coverage intact?",
            yes="market_move",
            no="provisional",
            dangerous=NO,
        ),
    )
)
IDS = [q.id for q in TREE.questions]


def classify(**answers: Answer) -> Finding:
    return follow(TREE, answers)


@pytest.mark.parametrize(
    ("answers", "reached"),
    [
        ({"unclaimed": YES}, "custody_incident"),
        ({"unclaimed": NO, "books": YES, "deploy": YES}, "technical_outage"),
        ({"unclaimed": NO, "books": YES, "deploy": NO}, "custody_incident"),
        ({"unclaimed": NO, "books": NO, "provider": YES}, "counterparty_failure"),
        ({"unclaimed": NO, "books": NO, "provider": NO, "liquid": YES}, "reserve_issue"),
        ({"unclaimed": NO, "books": NO, "provider": NO, "liquid": NO, "requests": YES}, "technical_outage"),
        (
            dict.fromkeys(("unclaimed", "books", "provider", "liquid", "requests"), NO) | {"market": YES},
            "market_move",
        ),
    ],
)
def test_known_answers_lead_to_a_firm_class_without_a_runner_up(
    answers: dict[str, Answer], reached: str
) -> None:
    assert follow(TREE, answers) == Finding(class_=IncidentClass(reached), firm=True)
    for question in answers:
        asked_again = follow(TREE, {k: v for k, v in answers.items() if k != question})
        assert asked_again.next is not None
        assert asked_again.next.id == question


def test_no_to_everything_stays_provisional_and_is_never_firm() -> None:
    assert follow(TREE, dict.fromkeys(IDS, NO)) == Finding()


def test_the_first_question_without_an_answer_is_asked() -> None:
    for count, question in enumerate(IDS[:2]):
        found = follow(TREE, dict.fromkeys(IDS[:count], NO))
        assert found.next is not None
        assert (found.next.id, found.class_, found.firm) == (question, None, False)


def test_an_unknown_answer_counts_as_the_dangerous_one_and_is_not_firm() -> None:
    assert classify(unclaimed=UNKNOWN).class_ is IncidentClass.CUSTODY_INCIDENT
    assert not classify(unclaimed=UNKNOWN).firm
    found = classify(unclaimed=NO, books=YES, deploy=UNKNOWN)
    assert found.class_ is IncidentClass.CUSTODY_INCIDENT
    assert found.runner_up is IncidentClass.TECHNICAL_OUTAGE
    assert not found.firm


def test_the_runner_up_follows_the_answers_already_given() -> None:
    found = classify(unclaimed=UNKNOWN, books=NO, provider=YES)
    assert found.class_ is IncidentClass.CUSTODY_INCIDENT
    assert found.runner_up is IncidentClass.COUNTERPARTY_FAILURE


def test_the_runner_up_is_another_class_than_the_one_reached() -> None:
    found = classify(unclaimed=UNKNOWN, books=YES, deploy=NO)
    assert found.class_ is IncidentClass.CUSTODY_INCIDENT
    assert found.runner_up is None


def test_while_questions_are_open_an_unknown_already_names_its_runner_up() -> None:
    found = classify(unclaimed=NO, books=UNKNOWN)
    assert found.next is not None
    assert found.next.id == "deploy"
    assert found.runner_up is IncidentClass.COUNTERPARTY_FAILURE


@given(st.fixed_dictionaries({}, optional={i: st.sampled_from(Answer) for i in IDS}))
def test_an_unknown_leads_where_the_dangerous_answer_leads_and_is_never_firm(
    answers: dict[str, Answer],
) -> None:
    feared = {
        q.id: q.dangerous if answers[q.id] is UNKNOWN else answers[q.id]
        for q in TREE.questions
        if q.id in answers
    }
    found, worst = follow(TREE, answers), follow(TREE, feared)
    assert (found.class_, found.next) == (worst.class_, worst.next)
    assert found.runner_up is None or found.runner_up is not found.class_
    if found.firm:
        assert found == worst


def test_every_complete_set_of_answers_ends_somewhere() -> None:
    for answers in itertools.product(Answer, repeat=len(IDS)):
        found = follow(TREE, dict(zip(IDS, answers, strict=True)))
        assert found.next is None
        assert found.class_ is not None or not found.firm


@pytest.mark.parametrize(
    "questions",
    [
        [],
        [{"id": "a", "ask": "?", "yes": "market_move", "no": "nowhere"}],
        [{"id": "a", "ask": "?", "yes": "market_move", "no": "a"}],
        [
            {"id": "a", "ask": "?", "yes": "market_move", "no": "b"},
            {"id": "b", "ask": "?", "yes": "market_move", "no": "a"},
        ],
        [
            {"id": "a", "ask": "?", "yes": "market_move", "no": "a"},
            {"id": "a", "ask": "?", "yes": "market_move", "no": "provisional"},
        ],
        [{"id": "a", "ask": "?", "yes": "market_move", "no": "provisional", "dangerous": "unknown"}],
    ],
    ids=["empty", "leads nowhere", "leads to itself", "leads back", "asks twice", "fears the unknown"],
)
def test_a_tree_that_cannot_be_walked_to_an_end_is_refused(questions: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        DecisionTree.model_validate({"questions": questions})
