"""`breakwater doctor`: everything this deployment leans on, each with how to mend it."""

from __future__ import annotations

import asyncio
import stat

import typer
from redis.exceptions import RedisError
from rich.console import Console

from bot.bootstrap.build import Parts, opened
from bot.bootstrap.settings import Settings, read_settings
from bot.cli.doctor_slack import slack_findings
from bot.cli.findings import Finding, good, wrong
from bot.content import check
from bot.domain.control import Control
from bot.store import WEB_PATIENCE
from bot.store.migrations.run import standing
from bot.usecases.ports import ControlAdapter, ServiceError, StoreError

out = Console(highlight=False, soft_wrap=True)
BEAT_WITHIN = 30


def doctor() -> None:
    """Print all findings; exits with 1 when one is not well."""
    findings = asyncio.run(examine(read_settings()))
    for found in findings:
        mark = "[green]ok[/]  " if found.ok else "[red]not ok[/]"
        out.print(f"{mark} [bold]{found.name}[/]: ", end="")
        out.print(found.said, markup=False)
        if not found.ok:
            out.print(f"       → {found.mend}", markup=False)
    if bad := sum(not f.ok for f in findings):
        out.print(f"{bad} of {len(findings)} need mending.")
        raise typer.Exit(1)
    out.print("Everything answers.")


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which they are worth mending."""
    findings = [_content(settings), _database(settings)]
    if not all(f.ok for f in findings):
        return findings
    async with opened(settings, patience=WEB_PATIENCE) as parts:
        own = [await one(parts) for one in (_key, _redis, _worker, _outbound)]
        return [*findings, *own, *await slack_findings(parts)]


def _content(settings: Settings) -> Finding:
    mistakes = check(settings.runbooks_dir, settings.templates_dir)
    if mistakes:
        said = f"{len(mistakes)} mistakes, the first: {mistakes[0]}"
        return wrong("runbooks and templates", said, "run `breakwater check` and correct each line it names")
    return good(
        "runbooks and templates", f"{settings.runbooks_dir} and {settings.templates_dir} are in order"
    )


def _database(settings: Settings) -> Finding:
    try:
        found = standing(settings.database_url)
    except StoreError as error:
        return wrong("database", str(error), "check DATABASE_URL, and that the server runs and lets us in")
    if found.needs_migration:
        said = f"at {found.revision or 'nothing yet'}, the newest is {found.newest}"
        return wrong("database", said, "run `breakwater migrate`")
    if found.guards_missing:
        said = "the ledger's guards are missing: " + ", ".join(found.guards_missing)
        return wrong("database", said, "run `breakwater migrate`, and find out who removed them")
    return good("database", f"at {found.revision}, the ledger is guarded")


async def _key(parts: Parts) -> Finding:
    path = parts.settings.ledger_key_file
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return wrong("ledger key", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}")
    return good("ledger key", f"{path} is ours alone")


async def _redis(parts: Parts) -> Finding:
    try:
        await parts.redis.ping()
    except (RedisError, OSError) as error:
        return wrong(
            "redis", f"no answer ({type(error).__name__})", "check REDIS_URL, or unset it to do without"
        )
    return good("redis", "answers" if parts.settings.redis_url else "in this process")


async def _worker(parts: Parts) -> Finding:
    age = await parts.queue.heartbeat_age()
    if age is None or age > BEAT_WITHIN:
        said = "none has ever run" if age is None else f"not heard of for {age:.0f} s"
        return wrong(
            "worker", said, "start `breakwater worker`, or `breakwater serve` for web and worker in one"
        )
    return good("worker", f"heard of {age:.0f} s ago")


async def _outbound(parts: Parts) -> Finding:
    """Read every control once, as an actuation would; reading changes nothing."""
    controls = parts.ctx.content.now.controls
    adapters = parts.registries[parts.settings.environment]
    answers = await asyncio.gather(*(_read(adapters.of(c), c) for c in controls))
    troubles = [a for a in answers if a]
    if troubles:
        said = f"{len(troubles)} of {len(controls)} cannot be read, the first: {troubles[0]}"
        mend = "check the service's base_url, OUTBOUND_HOSTS and the variable that holds its secret"
        return wrong("controls", said, mend)
    return good("controls", f"all {len(controls)} can be read")


async def _read(adapter: ControlAdapter, control: Control) -> str:
    try:
        await adapter.read(control, control.targets[0])
    except ServiceError as error:
        return f"{control.id}: {error}"
    return ""
