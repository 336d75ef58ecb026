"""The prewritten tree that tells the classes apart; an unknown answer counts as the dangerous one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal

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
    dangerous: Literal[Answer.YES, Answer.NO] = Answer.YES


class DecisionTree(Frozen):
    """Questions in the order they are asked; `provisional` is an end that names no class."""

    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> DecisionTree:
        ids = [q.id for q in self.questions]
        if not ids or len(set(ids)) != len(ids):
            raise ValueError("a tree asks at least one question, and none of them twice")
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
    reached on known answers alone, `runner_up` the other class that an unknown answer could point to.
    """

    next: Question | None = None
    class_: IncidentClass | None = None
    firm: bool = False
    runner_up: IncidentClass | None = None


def follow(tree: DecisionTree, answers: Mapping[str, Answer]) -> Finding:
    """Walk the tree with the answers given; stops at the first question without one."""
    by_id = {q.id: q for q in tree.questions}
    others: list[IncidentClass | None] = []
    firm = True
    way = tree.questions[0].id
    while way in by_id:
        question = by_id[way]
        answer = answers.get(question.id)
        if answer is None:
            return Finding(next=question, firm=False, runner_up=_other_than(None, others))
        taken = question.dangerous if answer is Answer.UNKNOWN else answer
        way, untaken = (question.yes, question.no) if taken is Answer.YES else (question.no, question.yes)
        if answer is Answer.UNKNOWN:
            firm = False
            others.append(_end_of(by_id, untaken, answers))
    reached = _class(way)
    return Finding(class_=reached, firm=firm and reached is not None, runner_up=_other_than(reached, others))


def _end_of(by_id: Mapping[str, Question], way: str, answers: Mapping[str, Answer]) -> IncidentClass | None:
    """The class a way ends at by the answers given, a yes wherever nobody has answered."""
    while way in by_id:
        question = by_id[way]
        answer = answers.get(question.id, Answer.YES)
        taken = question.dangerous if answer is Answer.UNKNOWN else answer
        way = question.yes if taken is Answer.YES else question.no
    return _class(way)


def _other_than(reached: IncidentClass | None, found: Iterable[IncidentClass | None]) -> IncidentClass | None:
    return next((c for c in found if c is not None and c is not reached), None)


def _class(end: str) -> IncidentClass | None:
    return None if end == "provisional" else IncidentClass(end)
