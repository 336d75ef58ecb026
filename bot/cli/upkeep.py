"""Keeping a deployment in order: the database's revision."""

from __future__ import annotations

import typer

from bot.bootstrap.settings import read_settings
from bot.store.migrations.run import migrate as migrate_database


def migrate() -> None:
    """Bring the database to the newest revision. Raises StoreAway, OSError."""
    settings = read_settings()
    done = migrate_database(settings.database_url, settings.owner_database_url)
    if done.guards_restored:
        typer.echo(f"Guards put back: {', '.join(done.guards_restored)}.")
    typer.echo(f"The database is at {done.after}." if done.before != done.after else "Nothing to do.")
