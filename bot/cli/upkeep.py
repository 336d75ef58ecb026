"""Keeping a deployment in order: the database's revision, the content's mistakes."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from bot.bootstrap.build import require_folders
from bot.bootstrap.settings import read_settings
from bot.content import check
from bot.store.migrations.run import migrate as migrate_database


def migrate() -> None:
    """Bring the database to the newest revision. Raises StoreAway, OSError."""
    settings = read_settings()
    done = migrate_database(settings.database_url, settings.owner_database_url)
    if done.guards_restored:
        typer.echo(f"Guards put back: {', '.join(done.guards_restored)}.")
    typer.echo(f"The database is at {done.after}." if done.before != done.after else "Nothing to do.")


def check_content(runbooks: Path | None, templates: Path | None) -> None:
    """Print every mistake; exits with 1 when there is one. Raises SettingsError for a missing folder."""
    settings = read_settings()
    folders = (runbooks or settings.runbooks_dir, templates or settings.templates_dir)
    require_folders(*folders)
    mistakes = check(*folders)
    for mistake in mistakes:
        typer.echo(str(mistake))
    if mistakes:
        sys.stderr.write(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}.\n")
        raise typer.Exit(1)
    typer.echo("Everything is in order.")
