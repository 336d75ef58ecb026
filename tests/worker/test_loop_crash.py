"""A worker process killed in the middle of a job: another takes over, nothing is half done or done twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process

from bot.domain.ledger import find_flaw
from bot.store import SqlQueue, SqlStore
from bot.usecases.ports import Job
from bot.worker.loop import Habits, Worker
from tests.support.made import entry


async def _stuck_worker(url: str, lease: float) -> tuple[Process, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.stuck_worker", url, "victim", str(lease), stdout=PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        said = await process.stdout.readline()
    return process, said.decode().strip()


async def test_work_of_a_killed_worker_is_taken_over_when_its_lease_is_out(
    any_url: str, any_store: SqlStore, any_queue: SqlQueue
) -> None:
    async with any_store.write() as tx:
        await tx.jobs.want("actuate:x", "actuate", "actuation")
        tx.ledger.append(entry("decided"))
    victim, said = await _stuck_worker(any_url, lease=1)
    assert said == "actuate:x 1"
    victim.send_signal(signal.SIGKILL)
    await victim.wait()

    done: list[Job] = []
    finished = asyncio.Event()

    async def act(job: Job) -> None:
        async with any_store.write() as tx:
            await tx.jobs.hold_fast(job)
            tx.ledger.append(entry("done"))
        done.append(job)
        finished.set()

    worker = Worker(any_queue, {"actuate": act}, {"actuation": 1}, name="heir", habits=Habits())
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        await finished.wait()
        worker.stop()
        await running
    assert [(job.key, job.fence, job.attempts) for job in done] == [("actuate:x", 2, 2)]
    async with any_store.read() as tx:
        rows = await tx.ledger.rows()
        assert [row.id for row in rows] == ["decided", "done"]
        assert find_flaw(rows) is None
        assert await tx.keepsakes.fact("half") is None
    assert await any_queue.seconds_to_next(["actuation"]) is None
