"""The prewritten tree that tells the classes apart; an unknown answer counts as the dangerous one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import model_validator

from bot.domain.base import Frozen, IncidentClass


class Answer(StrEnum):
    """What a person can answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Question(Frozen):
    """One question, the signals shown beside it, and where each answer leads: a question id or a class.

    `dangerous` is the answer that an unknown counts as until someone has looked.
    """

    id: str
    ask: str
    hint: str = ""
    signals: tuple[str, ...] = ()
    yes: str
    no: str
    dangerous: Answer = Answer.YES


class DecisionTree(Frozen):
    """Questions in the order they are asked; `provisional` is an end that names no class."""

    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> DecisionTree:
        ids = [q.id for q in self.questions]
        ends = {c.value for c in IncidentClass} | {"provisional"}
        for i, question in enumerate(self.questions):
            for way in (question.yes, question.no):
                if way not in ends and way not in ids[i + 1 :]:
                    raise ValueError(
                        f"question {question.id} leads to {way}, which is no class and no later question"
                    )
        return self


class Finding(Frozen):
    """What the answers so far amount to.

    `next` is the question to ask, or None at the end. `class_` is the class reached, `firm` whether it was
    reached on known answers alone, `runner_up` the class that an unknown answer would point to otherwise.
    """

    next: Question | None = None
    class_: IncidentClass | None = None
    firm: bool = False
    runner_up: IncidentClass | None = None


def follow(tree: DecisionTree, answers: Mapping[str, Answer]) -> Finding:
    """Walk the tree with the answers given; stops at the first question without one."""
    by_id = {q.id: q for q in tree.questions}
    question: Question | None = tree.questions[0]
    firm, runner_up = True, None
    while question is not None:
        answer = answers.get(question.id)
        if answer is None:
            return Finding(next=question, firm=False, runner_up=runner_up)
        taken = question.dangerous if answer is Answer.UNKNOWN else answer
        if answer is Answer.UNKNOWN:
            firm = False
            runner_up = runner_up or _first_class(by_id, question.no if taken is Answer.YES else question.yes)
        way = question.yes if taken is Answer.YES else question.no
        if way == "provisional":
            return Finding(firm=False, runner_up=runner_up)
        if way not in by_id:
            return Finding(class_=IncidentClass(way), firm=firm, runner_up=runner_up)
        question = by_id[way]
    return Finding()


def _first_class(by_id: Mapping[str, Question], way: str) -> IncidentClass | None:
    while way in by_id:
        way = by_id[way].yes
    return None if way == "provisional" else IncidentClass(way)
