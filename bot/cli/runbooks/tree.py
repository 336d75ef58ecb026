"""A runbook as a tree: phases, their steps by minute, and what belongs to each."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from bot.cli.runbooks.words import applies, by_phase, details
from bot.domain.base import format_duration
from bot.domain.content import Content
from bot.domain.ledger import digest
from bot.domain.outline import SHORT
from bot.domain.runbook import Runbook, Step
from bot.domain.text import clean

LIMIT = 4000
_LOUD = {"rollback": "yellow", "sets": "cyan", "gate": "cyan"}


def show(content: Content, book: Runbook, console: Console) -> None:
    """Print a runbook: in colour on a terminal, else as plain indented lines."""
    if console.is_terminal:
        console.print(_tree(content, book))
        return
    for depth, text in _lines(content, book):
        console.print("  " * depth + text, markup=False, highlight=False, soft_wrap=True)


def book_digest(book: Runbook) -> str:
    """What names a runbook as it is written now, shortened."""
    return digest(book.model_dump(mode="json", by_alias=True))[:SHORT]


def head(book: Runbook) -> Iterator[str]:
    """What stands above the steps."""
    yield f"{plain(book.title)} ({book.id})"
    if book.summary:
        yield plain(book.summary)
    yield f"runs in {plain(applies(book))} · {book.decides.words} decides · digest {book_digest(book)}"


def step_line(step: Step) -> str:
    """`minute 5 · treasury lead · gate · within 5m · check-books`."""
    within = format_duration(step.budget)
    return f"minute {step.at} · {step.role.words} · {step.kind} · within {within} · {step.id}"


def plain(text: str) -> str:
    """A text on one line, with nothing in it that a terminal would obey."""
    return " ".join(clean(text, limit=LIMIT).split())


def _lines(content: Content, book: Runbook) -> Iterator[tuple[int, str]]:
    for line in head(book):
        yield 0, line
    for phase, steps in by_phase(book):
        yield 0, ""
        yield 0, phase.value.upper()
        for step in steps:
            yield 1, f"[ ] {plain(step.title)}"
            yield 2, step_line(step)
            for name, said in details(content, step):
                yield 2, f"{name}: {plain(said)}"


def _tree(content: Content, book: Runbook) -> Tree:
    title, *rest = head(book)
    root = Tree(Text.assemble((title, "bold"), *[("\n" + line, "dim") for line in rest]), guide_style="dim")
    for phase, steps in by_phase(book):
        branch = root.add(Text(phase.value.upper(), style="bold magenta"))
        for step in steps:
            leaf = branch.add(Text.assemble((plain(step.title), "bold"), ("\n" + step_line(step), "dim")))
            for name, said in details(content, step):
                leaf.add(Text.assemble((f"{name} ", _LOUD.get(name, "green")), plain(said)))
    return root
