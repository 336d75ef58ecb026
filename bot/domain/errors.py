"""Every refusal a person can meet, each with a sentence that says what was wrong and what to do.

Refusal
├── BadInput            what was typed cannot be used; `example` shows one that can
├── NotFound            there is no such incident, control, step or proposal
├── NotEntitled         somebody else may do this; says who
├── TransitionRefused   the phase machine forbids it, or gates are shut
├── Ended               the incident takes no further events
├── AlreadyDone         somebody was first; says who and when
├── ProofNeeded         a yes was kept, and loosens nothing before it is proved
└── Stale               what was shown is no longer so
ContentError            operator-owned YAML or a template is wrong, with file, line and column
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class Refusal(Exception):
    """A request that changed nothing; `str()` is the sentence shown to the person."""


class BadInput(Refusal):
    """What was typed cannot be used. `example` is one correct line; `field` names the modal input."""

    def __init__(self, sentence: str, *, example: str = "", field: str = "") -> None:
        super().__init__(sentence)
        self.example = example
        self.field = field


class NotFound(Refusal):
    """There is no such thing."""


class NotEntitled(Refusal):
    """The person may not do this; `who` names those who may."""

    def __init__(self, sentence: str, *, who: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.who = tuple(who)


class TransitionRefused(Refusal):
    """The phase machine forbids the move; `shut` names the gates that are shut and why.

    `gates` are their ids, `unknown` those of them of which nobody knows.
    """

    def __init__(
        self,
        sentence: str,
        *,
        shut: Sequence[str] = (),
        gates: Sequence[str] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        super().__init__(sentence)
        self.shut = tuple(shut)
        self.gates = tuple(gates)
        self.unknown = tuple(unknown)


class Ended(Refusal):
    """The incident has ended and takes no further events."""


class AlreadyDone(Refusal):
    """Somebody was first. `by` is a person's name, `at` is UTC."""

    def __init__(self, sentence: str, *, by: str, at: datetime) -> None:
        super().__init__(sentence)
        self.by = by
        self.at = at


class ProofNeeded(Refusal):
    """A yes is kept and waits for its proof; `command` is what the person does to give it."""

    def __init__(self, sentence: str, *, command: str) -> None:
        super().__init__(sentence)
        self.command = command


class Stale(Refusal):
    """What the person was shown is no longer so; they must look again."""


class ContentError(Exception):
    """Operator-owned content is wrong. `str()` reads `file:line:column: reason`."""

    def __init__(self, file: str, line: int, column: int, reason: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {reason}")
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
