"""One test, two databases: each gets its own fresh and migrated one."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Engine, create_engine, event

from bot.store.engines import parse_url, sync_engine

KINDS = ("sqlite", "postgresql")


def sqlite_file(template: Path, folder: Path) -> str:
    """A copy of a migrated file; its URL."""
    made = folder / "breakwater.db"
    shutil.copyfile(template, made)
    return f"sqlite:///{made}"


def plain_engine(url: str) -> Engine:
    """A connection as anybody with the password would have it, without our settings."""
    parsed = parse_url(url)
    if not parsed.is_sqlite:
        return create_engine(parsed.for_sync)
    # Python's driver would begin and commit where it sees fit.
    engine = create_engine(parsed.for_sync, connect_args={"isolation_level": None})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def our_engine(url: str) -> Engine:
    """A connection with our own settings, for checks of the schema."""
    return sync_engine(parse_url(url))
