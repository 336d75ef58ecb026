"""One verb of the command line: the deployment opened, the person known by their key, the request signed.

What is signed is exactly what is carried out: a deed is given the signed arguments and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import getpass
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from bot.bootstrap.build import opened, require_folders
from bot.bootstrap.edition import OnDisk, read_on_disk
from bot.bootstrap.personal_key import default_path, read_personal_key
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.cli.deeds.answer import Answer, here, told
from bot.cli.deeds.kinds import Asked
from bot.cli.deeds.verbs import DEEDS, SHOWS
from bot.domain.errors import BadInput, Refusal, TransitionRefused
from bot.domain.proof import SignedRequest, public_line
from bot.domain.text import clean
from bot.store import WORKER_PATIENCE
from bot.store.migrations.run import standing
from bot.usecases.once import Repeated
from bot.usecases.ports import Context
from bot.usecases.reload import in_force
from bot.usecases.signed import accept, known_by

LONGEST = 20_000
REPEATED = "This very request was carried out already; nothing was done twice."


@dataclass(frozen=True, slots=True)
class How:
    """How a verb is asked for: with whose key, answered how, under which request id, asked back or not."""

    key_file: Path | None = None
    as_json: bool = False
    request_id: str = ""
    yes: bool = False


def carry(verb: str, how: How, **arguments: str) -> None:
    """Sign and carry out one verb. Raises SettingsError, ContentErrors, StoreError, OSError; exits with 1."""
    key = read_personal_key(how.key_file or default_path(os.environ), passphrase_of)
    # The ledger blots secrets out: they leave a person's words before those are signed, or nothing would fit.
    given = {name: clean(value, limit=LONGEST) for name, value in arguments.items() if value}
    _finish(_carry(verb, how, key, given), how)


def look(verb: str, how: How, **arguments: str) -> None:
    """Show something; nothing is written, so no key is asked for."""
    given = {name: value for name, value in arguments.items() if value}
    _finish(_look(verb, given), how)


async def _carry(verb: str, how: How, key: Ed25519PrivateKey, given: dict[str, str]) -> Answer:
    deed, line = DEEDS[verb], public_line(key.public_key())

    def sign(body: bytes) -> str:
        return base64.b64encode(key.sign(body)).decode()

    async with _deployment() as ctx:
        person = known_by(ctx, line)
        asked = Asked(ctx, person, line, sign, lambda shown: how.yes or _agreed(shown))
        request = SignedRequest(
            id=how.request_id or ctx.ids.new("req"),
            person=person.id,
            verb=verb,
            arguments=await deed.settled(asked, given),
            environment=ctx.environment,
            at=ctx.clock.wall(),
            key=line,
        ).signed(key)
        signed_ctx, actor = accept(ctx, request)
        try:
            return await deed.do(signed_ctx, actor, request.arguments)
        except Repeated:
            return told(REPEATED)


async def _look(verb: str, given: dict[str, str]) -> Answer:
    async with _deployment() as ctx:
        return await SHOWS[verb](ctx, given)


@asynccontextmanager
async def _deployment() -> AsyncIterator[Context]:
    """The deployment on its own content. Raises SettingsError where the files here are not in force."""
    settings = read_settings()
    require_folders(settings.runbooks_dir, settings.templates_dir)
    disk = read_on_disk(settings, resolve_env=False)
    if standing(settings.database_url).needs_migration:
        raise SettingsError("The database is not up to date; run `breakwater migrate` first.")
    async with opened(settings, disk.content, patience=WORKER_PATIENCE) as parts:
        await _same_content(settings, parts.ctx, disk)
        yield parts.ctx


async def _same_content(settings: Settings, ctx: Context, disk: OnDisk) -> None:
    """Under other runbooks than those in force a person would decide by rules that nobody else has."""
    async with ctx.store.read() as tx:
        wanted = await in_force(tx)
    if wanted is not None and wanted.digest != disk.outline.digest:
        raise SettingsError(
            f"The files in {settings.runbooks_dir} are content {disk.outline.short}, in force is "
            f"{wanted.short}: run `breakwater reload`, or set RUNBOOKS_DIR and TEMPLATES_DIR."
        )


def _agreed(shown: Answer) -> bool:
    if not sys.stdin.isatty():
        raise BadInput("Nobody can be asked here: look first, then add --yes.")
    Console(highlight=False, stderr=True).print(shown.shown)
    return typer.confirm("Is that what you want?", err=True)


def passphrase_of() -> str:
    """Asked on the terminal itself, so that standard input stays free for a justification."""
    if named := os.environ.get("OPERATOR_PASSPHRASE_FILE"):
        return Path(named).read_text("utf-8").rstrip("\r\n")
    return getpass.getpass("Passphrase of your key: ")


def _finish(work: Coroutine[Any, Any, Answer], how: How) -> None:
    """Print the answer, or one line that says why there is none."""
    try:
        answer = asyncio.run(work)
    except Refusal as refusal:
        sys.stderr.write(f"breakwater: {one_line(refusal)}{_past(refusal)}\n")
        raise SystemExit(1) from None
    if how.as_json:
        typer.echo(json.dumps(answer.data, indent=2, ensure_ascii=False, default=str))
    else:
        Console(highlight=False, soft_wrap=True).print(answer.shown)


def _past(refusal: Refusal) -> str:
    """Where a gate that people may pass is shut, its ids; `breakwater incident override --help` says how."""
    gates = refusal.gates if isinstance(refusal, TransitionRefused) else ()
    return f" (gates: {', '.join(gates)})" if gates else ""


def one_line(refusal: Refusal) -> str:
    """What was wrong and one correct example, on one line and in the words of the command line."""
    said = " ".join(part.strip() for part in str(refusal).replace("\n•", "\n –").splitlines())
    if isinstance(refusal, BadInput) and refusal.example:
        said += f" For example: {refusal.example}"
    return here(said.replace("`", ""))
