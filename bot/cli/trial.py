"""What `breakwater control test` and `breakwater control key` do."""

from __future__ import annotations

import asyncio
import base64
import os
from contextlib import aclosing

import typer
from rich.console import Console

from bot.bootstrap.build import Parts, opened, read_content
from bot.bootstrap.operator import operator
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.controls.fanout import key_from
from bot.controls.trial import Bench, Found, goes_to, probed
from bot.domain.adapter import ByHandAdapter, FanoutAdapter
from bot.domain.base import Environment
from bot.domain.control import Control, Level, Value
from bot.domain.errors import BadInput
from bot.store import WORKER_PATIENCE
from bot.store.migrations.run import standing
from bot.usecases.controls import named_control, named_level
from bot.usecases.ports import Refused
from bot.usecases.trials import Trial, begin_trial, end_trial

out = Console(highlight=False, soft_wrap=True)


def try_control(control_id: str, levels: tuple[str, ...], target: str, *, yes: bool) -> None:
    """Try a control; exits with 1 when a step went wrong or the baseline could not be put back.

    Raises SettingsError, ContentErrors, Refusal and StoreError.
    """
    settings = read_settings()
    content = read_content(settings)
    if standing(settings.database_url).needs_migration:
        raise SettingsError("The database is not up to date; run `breakwater migrate` first.")

    async def run() -> bool:
        async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
            return await _run(parts, control_id, levels, target, yes=yes)

    if not asyncio.run(run()):
        raise typer.Exit(1)


def key(control_id: str) -> None:
    """Print a public key. Raises Refusal and SettingsError."""
    content = read_content(read_settings(), resolve_env=False)
    found = next((c for c in content.controls if c.id == control_id), None)
    spec = found.adapter if found else None
    if not isinstance(spec, FanoutAdapter):
        raise BadInput(f"{control_id} is no control of kind fanout.")
    try:
        public = key_from(os.environ.get, spec.key_env).public_key()
    except Refused as refused:
        raise SettingsError(f"{refused}.") from None
    typer.echo(base64.b64encode(public.public_bytes_raw()).decode())


async def _run(parts: Parts, name: str, levels: tuple[str, ...], target: str, *, yes: bool) -> bool:
    ctx, settings = parts.ctx, parts.settings
    control = named_control(ctx, name)
    wanted = [named_level(control, level) for level in levels]
    _refuse(control, target)
    bench = Bench(parts.registries[settings.environment].of(control), control, target)
    seen, found = await bench.read()
    _tell(found)
    if seen is None:
        return False
    if control.level_of(seen.value) != control.levels[0]:
        out.print(f"{control.id} is off normal: somebody may have set it so on purpose. Nothing was changed.")
        return False
    _say_what(control, wanted, settings)
    if not wanted:
        return True
    if settings.environment is Environment.LIVE and not yes:
        raise BadInput("This is the live environment; say --yes when customers may feel it.")
    actor = operator("command line")
    trial = await begin_trial(ctx, actor, control, target, wanted, seen.value)
    good = False
    try:
        good = await _levels(bench, trial, wanted, seen.value)
    finally:
        said = "every step went as it must" if good else "a step went wrong"
        await end_trial(ctx, actor, trial, passed=good, back=bench.back, said=said)
    return good and bench.back


async def _levels(bench: Bench, trial: Trial, wanted: list[Level], baseline: Value) -> bool:
    good = True
    try:
        # Closed here, so that what was there is put back before anything else happens.
        async with aclosing(bench.steps(wanted, baseline, trial.order)) as steps:
            async for found in steps:
                _tell(found)
                good = good and found.ok
    finally:
        _tell(
            Found("put back", ok=True, said=bench.named(baseline))
            if bench.back
            else Found("put back", ok=False, said=f"set it to {bench.named(baseline)} by hand, now")
        )
    return good


def _refuse(control: Control, target: str) -> None:
    if target not in control.targets:
        raise BadInput(f"{control.id} has no target {target}. There are: {', '.join(control.targets)}.")
    if isinstance(control.adapter, ByHandAdapter):
        raise BadInput(f"{control.id} is set by hand; there is nothing here to try.")


def _say_what(control: Control, wanted: list[Level], settings: Settings) -> None:
    if not wanted:
        names = ", ".join(level.id for level in control.levels[1:])
        out.print(f"Nothing was changed. To try a level and put it back, add --level: {names}.")
        return
    for level in wanted:
        then = "probed" if probed(control, level) else "not probed: no probe is described"
        out.print(f"{settings.environment}: {level.id} will be set ({goes_to(control)}), read back, {then}.")
    out.print(f"Then {control.levels[0].id} will be put back.")


def _tell(found: Found) -> None:
    mark = "[green]ok[/]    " if found.ok else "[red]not ok[/]"
    out.print(f"{mark} {found.what}: ", end="")
    out.print(found.said, markup=False)
