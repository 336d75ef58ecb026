"""The `breakwater` command: its subcommands, and one line instead of a traceback when something is wrong.

Exit status: 0 done; 1 refused or failed, with one line saying why; 2 bad usage.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot import __version__
from bot.bootstrap.settings import SettingsError, read_settings
from bot.cli import audit, papers, processes
from bot.cli.doctor import doctor
from bot.content import ContentErrors, check
from bot.domain.errors import Refusal
from bot.store.migrations.run import migrate as migrate_database
from bot.usecases.ports import StoreError

app = typer.Typer(
    name="breakwater",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Runs liquidity incidents in Slack. Settings come from the environment; see the README.",
    epilog="Try it: breakwater demo",
)
app.add_typer(audit.app, name="audit")
processes.add_to(app)
for one in (doctor, papers.manifest, papers.schema, papers.review):
    app.command()(one)
out = Console(highlight=False, soft_wrap=True)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"breakwater {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Runs liquidity incidents in Slack."""


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision. Safe to run twice, or from two releases at once."""
    settings = read_settings()
    done = migrate_database(settings.database_url, settings.owner_database_url)
    out.print(f"The database is at {done.after}." if done.before != done.after else "Nothing to do.")


@app.command("check")
def check_content(
    runbooks: Annotated[Path | None, typer.Option(help="Instead of RUNBOOKS_DIR.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Instead of TEMPLATES_DIR.")] = None,
) -> None:
    """Check runbooks, controls, templates and policy; names file, line and reason for each mistake.

    Example: breakwater check --runbooks ./our-runbooks
    """
    settings = read_settings()
    mistakes = check(runbooks or settings.runbooks_dir, templates or settings.templates_dir)
    for mistake in mistakes:
        out.print(str(mistake), markup=False)
    if mistakes:
        sys.stderr.write(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}.\n")
        raise typer.Exit(1)
    out.print("Everything is in order.")


@app.command()
def demo(
    out_dir: Annotated[Path, typer.Option("--out", help="Where its artifacts go.")] = Path("var/demo"),
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 7,
) -> None:
    """Play one whole liquidity incident end to end, with nothing to set up.

    Example: breakwater demo --seed 11
    """
    from bot.sandbox.demo.main import main as play  # noqa: PLC0415 - a production process never loads the sandbox

    raise typer.Exit(play(out_dir, seed))


def run() -> None:
    """Run the command line; turns what a person can mend into one line on standard error."""
    try:
        app()
    except SettingsError as error:
        _fail(str(error))
    except ContentErrors as error:
        for mistake in error.errors:
            sys.stderr.write(f"{mistake}\n")
        _fail("The runbooks or templates are wrong; nothing was started.")
    except (Refusal, StoreError) as error:
        _fail(str(error))


def _fail(line: str) -> None:
    sys.stderr.write(f"breakwater: {line}\n")
    raise SystemExit(1)
