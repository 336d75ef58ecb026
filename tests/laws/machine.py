"""What the machines that play against a model have in common: a world of their own and a loop to drive it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from bot.domain.errors import Refusal
from tests.support.databases import sqlite_file
from tests.support.world import World, opened

LONGER = "BREAKWATER_MODEL_EXAMPLES"
T = TypeVar("T")


class Played(RuleBasedStateMachine):
    """A world on a fresh database; `template` is a migrated one."""

    template: Path
    world: World

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.made = opened(sqlite_file(self.template, Path(self.folder.name)))
        self.world = self.loop.run_until_complete(anext(self.made))
        self.go(self.opening())

    async def opening(self) -> None:
        """What is so before anybody plays."""

    def teardown(self) -> None:
        if hasattr(self, "made"):
            self.loop.run_until_complete(self.made.aclose())  # type: ignore[attr-defined]  # a generator has it
            self.loop.close()
            self.folder.cleanup()

    def go(self, asked: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asked)

    def allowed(self, asked: Coroutine[Any, Any, T], *, expected: bool) -> T | None:
        """Do it; it must be refused with a sentence exactly when the model says so."""
        refused = ""
        try:
            done = self.go(asked)
        except Refusal as refusal:
            refused, done = str(refusal) or "without a word", None
        assert bool(refused) is not expected, refused or "it should have been refused"
        return done


def play(machine: type[Played], template: Path, *, examples: int, steps: int) -> None:
    """The same games each time; more and other ones where the environment asks for so many."""
    machine.template = template
    more = os.environ.get(LONGER)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(more or examples),
            stateful_step_count=steps,
            deadline=None,
            derandomize=more is None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
