"""`breakwater doctor`: everything this deployment leans on, each with how to mend it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import typer
from redis.exceptions import RedisError
from rich.console import Console

from bot.bootstrap.build import adapters, read_content
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.redis import open_redis
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.cli.doctor_slack import slack_findings
from bot.cli.doctor_socket import socket_findings
from bot.cli.findings import Finding, good, wrong
from bot.content import ContentErrors, MissingVariable
from bot.domain.content import Content
from bot.domain.control import Control
from bot.domain.errors import ContentError
from bot.store import WEB_PATIENCE, SqlQueue, open_database
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
    """All findings, in the order in which they are worth mending; one that is not well stops no other."""
    content, findings = _content(settings)
    stored = _database(settings)
    findings += [stored, _key(settings.ledger_key_file), await _redis(settings.redis_url)]
    if stored.ok:
        findings.append(await _worker(settings.database_url))
    if content is not None:
        findings += await _controls(settings, content)
    directory = content.directory if content else None
    findings += await slack_findings(settings, SystemClock(), directory)
    return [*findings, *await socket_findings(settings)]


def _content(settings: Settings) -> tuple[Content | None, list[Finding]]:
    """The content, if it can be used, as written; and each variable of its own that is missing."""
    name = "runbooks and templates"
    try:
        content = read_content(settings, resolve_env=False)
    except SettingsError as error:
        return None, [wrong(name, str(error), "set RUNBOOKS_DIR and TEMPLATES_DIR, or run where they are")]
    except ContentErrors as error:
        said = f"{len(error.errors)} mistakes, the first: {error.errors[0]}"
        mend = "run `breakwater check` and correct each line it names"
        return None, [wrong(name, said, mend)]
    found = good(name, f"{settings.runbooks_dir} and {settings.templates_dir} are in order")
    try:
        return read_content(settings), [found]
    except ContentErrors as error:
        return content, [found, *(_variable(e) for e in error.errors)]


def _variable(error: ContentError) -> Finding:
    if not isinstance(error, MissingVariable):
        return wrong("services", str(error), "correct the variable that this address is made of")
    place = f"{error.file}:{error.line}"
    mend = f"export {error.variable}=https://…, the address that {place} asks for"
    return wrong(error.variable, "not set", mend)


def _database(settings: Settings) -> Finding:
    try:
        found = standing(settings.database_url)
    except StoreError as error:
        return wrong("database", str(error), "check DATABASE_URL, and that the server runs and lets us in")
    except OSError as error:
        said = f"{error.filename} cannot be used: {error.strerror}"
        return wrong("database", said, "set DATABASE_URL to a place that we may write to")
    if found.needs_migration:
        said = f"at {found.revision or 'nothing yet'}, the newest is {found.newest}"
        return wrong("database", said, "run `breakwater migrate`")
    if found.guards_missing:
        said = "the ledger's guards are missing: " + ", ".join(found.guards_missing)
        return wrong("database", said, "run `breakwater migrate`, and find out who removed them")
    return good("database", f"at {found.revision}, the ledger is guarded")


def _key(path: Path) -> Finding:
    try:
        ledger_key(path)
    except SettingsError as error:
        return wrong("ledger key", str(error), "set LEDGER_KEY_FILE to the key, or to where one can be made")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return wrong("ledger key", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}")
    return good("ledger key", f"{path} is ours alone")


async def _redis(url: str | None) -> Finding:
    redis = open_redis(url)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        said = f"no answer ({type(error).__name__})"
        return wrong("redis", said, "check REDIS_URL, or unset it to do without")
    finally:
        await redis.aclose()
    return good("redis", "answers" if url else "in this process")


async def _worker(url: str) -> Finding:
    database = open_database(url, patience=WEB_PATIENCE)
    queue = SqlQueue(database)
    mend = "start `breakwater worker`, or `breakwater serve` for web and worker in one"
    try:
        age = await queue.heartbeat_age()
    except StoreError as error:
        return wrong("worker", str(error), mend)
    finally:
        await queue.close()
        await database.close()
    if age is None or age > BEAT_WITHIN:
        said = "none has ever run" if age is None else f"not heard of for {age:.0f} s"
        return wrong("worker", said, mend)
    return good("worker", f"heard of {age:.0f} s ago")


async def _controls(settings: Settings, content: Content) -> list[Finding]:
    """Read every control once, as an actuation would, but where an address is not known; changes nothing."""
    unknown = {name for name, service in content.services.items() if "${" in service.base_url}
    controls = [c for c in content.controls if getattr(c.adapter, "service", None) not in unknown]
    if not controls:
        return []
    registry = adapters(settings, content)[settings.environment]
    answers = await asyncio.gather(*(_read(registry.of(c), c) for c in controls))
    troubles = [a for a in answers if a]
    if troubles:
        said = f"{len(troubles)} of {len(controls)} cannot be read, the first: {troubles[0]}"
        mend = "check the service's base_url, OUTBOUND_HOSTS and the variable that holds its secret"
        return [wrong("controls", said, mend)]
    return [good("controls", f"all {len(controls)} can be read")]


async def _read(adapter: ControlAdapter, control: Control) -> str:
    try:
        await adapter.read(control, control.targets[0])
    except ServiceError as error:
        return f"{control.id}: {error}"
    return ""
