"""`breakwater reload`: changed content into force in a running deployment."""

from __future__ import annotations

import asyncio
import sys
import time

import typer

from bot.bootstrap.build import opened, require_folders
from bot.bootstrap.edition import OnDisk, read_on_disk
from bot.bootstrap.operator import operator
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.content import ContentErrors
from bot.domain.outline import Changes
from bot.store import WORKER_PATIENCE
from bot.store.migrations.run import standing
from bot.usecases.ports import Context
from bot.usecases.reload import ProcessState, Reloaded, processes
from bot.usecases.reload import reload as bring_into_force

LOOK_EVERY = 0.2


def reload(wait: float) -> None:
    """Read, check and bring into force; then see every process take it up, for so many seconds.

    Exits with 1 for content that is wrong, and when a process has not taken it up. Raises ReloadRefused,
    SettingsError, StoreError.
    """
    settings = read_settings()
    require_folders(settings.runbooks_dir, settings.templates_dir)
    try:
        disk = read_on_disk(settings, resolve_env=False)
    except ContentErrors as wrong:
        for mistake in wrong.errors:
            typer.echo(str(mistake))
        raise SettingsError("Nothing was changed: the old content stays in force.") from None
    if standing(settings.database_url).needs_migration:
        raise SettingsError("The database is not up to date; run `breakwater migrate` first.")
    behind = asyncio.run(_reload(settings, disk, wait))
    if behind:
        for name, state in sorted(behind.items()):
            why = state.trouble or f"still on {state.digest[:12]}, and has not said why"
            sys.stderr.write(f"{state.role} {name}: {why}\n")
        raise SettingsError(f"{len(behind)} of the running processes have not taken it up.")


async def _reload(settings: Settings, disk: OnDisk, wait: float) -> dict[str, ProcessState]:
    async with opened(settings, disk.content, patience=WORKER_PATIENCE) as parts:
        found = await bring_into_force(
            parts.ctx, operator("command line"), disk.content, disk.outline, "breakwater reload"
        )
        _say(found)
        return await _taken_up(parts.ctx, disk.outline.digest, wait)


def _say(found: Reloaded) -> None:
    if not found.anew:
        typer.echo(f"Nothing has changed: content {found.after.short} is in force already.")
        return
    before = f", before it was {found.before.short}" if found.before else ""
    typer.echo(f"Content {found.after.short} is in force{before}.")
    for line in changed_lines(found.changes):
        typer.echo(line)


def changed_lines(found: Changes) -> list[str]:
    """A line for each part that was added, removed or changed."""
    marks = (("+", found.added), ("-", found.removed), ("~", found.changed))
    return [f"  {mark} {name}" for mark, names in marks for name in names]


async def _taken_up(ctx: Context, digest: str, wait: float) -> dict[str, ProcessState]:
    """The running processes that are not on this content when the time is up."""
    until = time.monotonic() + wait
    while True:
        async with ctx.store.read() as tx:
            found = await processes(tx, ctx.clock.wall())
        behind = {name: state for name, state in found.items() if state.digest != digest}
        if not behind or time.monotonic() >= until:
            break
        await asyncio.sleep(LOOK_EVERY)
    if not found:
        typer.echo("No process is running; whatever starts next takes it up.")
    else:
        typer.echo(f"Taken up by {len(found) - len(behind)} of {len(found)} running processes.")
    return behind
