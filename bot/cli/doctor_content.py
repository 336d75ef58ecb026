"""The doctor's look at the content in force: are the files it, and does every process run on it?"""

from __future__ import annotations

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.edition import read_on_disk
from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, good, wrong
from bot.content import ContentErrors
from bot.domain.errors import ContentError
from bot.domain.outline import Outline
from bot.store import WEB_PATIENCE, SqlStore, open_database
from bot.usecases.ports import StoreError
from bot.usecases.reload import ProcessState, in_force, processes

NAME = "content in force"


async def content_findings(settings: Settings) -> list[Finding]:
    """One finding when all is well; else one for the files, and one for each process that is behind."""
    database = open_database(settings.database_url, patience=WEB_PATIENCE)
    try:
        async with SqlStore(database).read() as tx:
            wanted = await in_force(tx)
            running = await processes(tx, SystemClock().wall())
    except StoreError as error:
        return [wrong(NAME, str(error), "see the database above")]
    finally:
        await database.close()
    if wanted is None:
        return []
    found = [*_files(settings, wanted), *(f for n, s in running.items() if (f := _process(n, s, wanted)))]
    count = f"on {len(running)} running process{'' if len(running) == 1 else 'es'}"
    return found or [good(NAME, f"{wanted.short}, {count}")]


def _files(settings: Settings, wanted: Outline) -> list[Finding]:
    try:
        here = read_on_disk(settings, resolve_env=False).outline
    except (ContentErrors, ContentError, OSError):
        said = f"{wanted.short} stays in force, for the files cannot be used"
        return [wrong(NAME, said, "correct what `breakwater check` names, then run `breakwater reload`")]
    if here.digest == wanted.digest:
        return []
    said = f"{wanted.short}, but the files here are {here.short}"
    return [wrong(NAME, said, "run `breakwater reload` to bring them into force, or put the old ones back")]


def _process(name: str, state: ProcessState, wanted: Outline) -> Finding | None:
    if state.digest == wanted.digest and not state.trouble:
        return None
    said = state.trouble or f"runs on {state.digest[:12]}, in force is {wanted.short}"
    mend = "put the same files on its machine; it takes them up by itself"
    return wrong(f"{state.role} {name}", said, mend)
