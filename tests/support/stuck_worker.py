"""A worker process to be killed: `python -m tests.support.stuck_worker URL NAME LEASE_SECONDS`.

It says each job it has begun on its standard output, within an open transaction, and never ends one.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from bot.store import SqlQueue, SqlStore, open_database
from bot.usecases.ports import Job
from bot.worker.loop import Habits, Worker
from tests.support.made import entry


async def main(url: str, name: str, lease: float) -> None:
    database = open_database(url, patience=timedelta(seconds=10))
    store, queue = SqlStore(database), SqlQueue(database)

    async def begin(job: Job) -> None:
        async with store.write() as tx:
            await tx.jobs.hold_fast(job)
            await tx.keepsakes.set_fact("half", "done")
            tx.ledger.append(entry(f"half_{job.fence}"))
            sys.stdout.write(f"{job.key} {job.fence}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()

    habits = Habits(lease=timedelta(seconds=lease))
    await Worker(queue, {"actuate": begin}, {"actuation": 1}, name=name, habits=habits).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
