"""What a measurement is given: how thorough it may be, a folder, and the stage once it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.stage import Stage, stage


@dataclass(slots=True)
class Bench:
    """One run of some measurements; `done` names those before this one."""

    work: Path
    quick: bool
    stack: AsyncExitStack
    done: list[str] = field(default_factory=list)
    _stage: Stage | None = None

    async def stage(self) -> Stage:
        """The running processes, the same for all measurements."""
        if self._stage is None:
            folder = self.work / "stage"
            folder.mkdir()
            self._stage = await self.stack.enter_async_context(stage(folder))
        return self._stage

    def few(self, many: int, few: int) -> int:
        """How often to do something."""
        return few if self.quick else many


Measure = Callable[[Bench], Awaitable[list[Row]]]
