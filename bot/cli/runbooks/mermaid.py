"""Runbooks and the decision tree as Mermaid flowcharts.

What stands in a label is encoded by number where Mermaid would read it as something else:
https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from bot.cli.runbooks.tree import plain
from bot.cli.runbooks.words import by_phase
from bot.domain.base import IncidentClass, format_duration
from bot.domain.classification import Answer, Question
from bot.domain.content import Content
from bot.domain.runbook import Runbook, Step, StepKind

TREE = "classification"
_SPECIAL = frozenset('"#&<>`%\\;')
_SHAPES = {
    StepKind.GATE: ("{{", "}}"),
    StepKind.DECIDE: ("{", "}"),
    StepKind.CONTROL: ("[/", "/]"),
    StepKind.MODE: ("[/", "/]"),
    StepKind.PUBLISH: (">", "]"),
    StepKind.TRANSFER: ("[(", ")]"),
    StepKind.PAGE: ("([", "])"),
}


def graph(book: Runbook) -> str:
    """A runbook: a box for each phase, steps of one minute side by side."""
    return "\n".join(["---", f"title: {_title(book.title)}", "---", "flowchart TD", *_phases(book)]) + "\n"


def tree_graph(content: Content) -> str:
    """The decision tree, with the runbook that each class brings."""
    return "\n".join(["flowchart TD", *_questions(content)]) + "\n"


def label(*lines: str) -> str:
    """A quoted label of several lines in which nothing but our own breaks means anything."""
    return '"' + "<br/>".join(_encoded(plain(line)) for line in lines) + '"'


def _encoded(text: str) -> str:
    return "".join(f"#{ord(c)};" if c in _SPECIAL else c for c in text)


def _title(text: str) -> str:
    """A YAML string for the front matter."""
    return "'" + plain(text).replace("'", "''") + "'"


def _phases(book: Runbook) -> Iterator[str]:
    found = by_phase(book)
    number = {step.id: f"s{i}" for i, step in enumerate(s for _, steps in found for s in steps)}
    for phase, steps in found:
        yield f"  subgraph {phase.value}[{label(phase.value.capitalize())}]"
        yield "    direction TB"
        for step in steps:
            yield "    " + _node(number[step.id], step)
        minutes = [[number[s.id] for s in group] for _, group in groupby(steps, key=lambda s: s.at)]
        for before, after in pairwise(minutes):
            yield f"    {' & '.join(before)} --> {' & '.join(after)}"
        yield "  end"
    for (before_phase, _), (after_phase, _) in pairwise(found):
        yield f"  {before_phase.value} ==> {after_phase.value}"


def _node(name: str, step: Step) -> str:
    opening, closing = _SHAPES.get(step.kind, ("[", "]"))
    when = f"minute {step.at} · {step.role.words} · within {format_duration(step.budget)}"
    return f"{name}{opening}{label(step.title, when)}{closing}"


def _questions(content: Content) -> Iterator[str]:
    questions = content.pinned.tree.questions
    nodes = {question.id: f"q{i}" for i, question in enumerate(questions)}
    ends = [way for q in questions for way in (q.yes, q.no) if way not in nodes]
    nodes |= {end: f"e{i}" for i, end in enumerate(dict.fromkeys(ends))}
    for question in questions:
        yield f"  {nodes[question.id]}{{{label(question.ask)}}}"
    for end in dict.fromkeys(ends):
        yield f"  {nodes[end]}([{label(*_end(content, end))}])"
    for question in questions:
        for answer, way in ((Answer.YES, question.yes), (Answer.NO, question.no)):
            yield f"  {nodes[question.id]} -- {label(_said(question, answer))} --> {nodes[way]}"


def _said(question: Question, answer: Answer) -> str:
    return f"{answer}, or unknown" if question.dangerous is answer else answer.value


def _end(content: Content, end: str) -> Iterator[str]:
    if end == "provisional":
        yield "Stay provisional, ask again in ten minutes"
        return
    class_ = IncidentClass(end)
    yield class_.words.capitalize()
    books = [book.id for book in content.pinned.runbooks if book.class_ is class_ and not book.situation]
    if books:
        yield f"runbook {', '.join(books)}"
