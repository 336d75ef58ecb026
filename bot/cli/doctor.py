"""`breakwater doctor`: everything this deployment leans on, each with how to mend it."""

from __future__ import annotations

import asyncio
import json
import sys

import typer
from rich.console import Console

from bot.bootstrap.build import read_content
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.cli.doctor_content import content_findings
from bot.cli.doctor_controls import control_findings
from bot.cli.doctor_database import database_finding, stored_findings
from bot.cli.doctor_places import place_findings
from bot.cli.doctor_slack import slack_findings
from bot.cli.doctor_socket import socket_findings
from bot.cli.findings import Finding, good, wrong
from bot.content import ContentErrors, MissingVariable
from bot.domain.content import Content
from bot.domain.errors import ContentError

out = Console(highlight=False, soft_wrap=True)


def doctor(*, as_json: bool = False) -> None:
    """Print all findings; exits with 1 when one is not well."""
    findings = asyncio.run(examine(read_settings()))
    bad = sum(not f.ok for f in findings)
    if as_json:
        told = {"well": not bad, "findings": [f.as_json for f in findings]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        _print(findings)
        out.print(f"{bad} of {len(findings)} need mending." if bad else "Everything answers.")
    if bad:
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    for found in findings:
        mark = "[red]not ok[/]" if not found.ok else "[yellow]note[/]" if found.mend else "[green]ok[/]  "
        out.print(f"{mark} [bold]{found.name}[/]: ", end="")
        out.print(found.said, markup=False)
        if found.mend:
            out.print(f"       → {found.mend}", markup=False)


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which they are worth mending; one that is not well stops no other."""
    clock = SystemClock()
    content, findings = _content(settings)
    stored = database_finding(settings)
    findings.append(stored)
    if stored.ok:
        findings += [*await stored_findings(settings, clock), *await content_findings(settings)]
    findings += await place_findings(settings)
    if content is not None:
        findings += await control_findings(settings, content)
    directory = content.directory if content else None
    findings += await slack_findings(settings, clock, directory)
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
