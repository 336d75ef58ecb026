"""What the bot has on record about holds and open incidents, read from the sandbox's own database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.domain.control import Hold
from bot.domain.incident import Incident

SECONDS = 2.0
HOLDS = "SELECT body FROM hold ORDER BY n"
OPEN = "SELECT body FROM incident WHERE ended_at IS NULL ORDER BY n"


@dataclass(frozen=True, slots=True)
class Books:
    """Every hold there ever was, oldest first, and the incidents that have not ended."""

    holds: Sequence[Hold] = ()
    incidents: Sequence[Incident] = ()


def read_books(database: Path) -> Books | None:
    """What the database says; None when it cannot be read, so that nothing old passes for new."""
    try:
        with closing(
            sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=SECONDS)
        ) as connection:
            holds = [Hold.model_validate(_body(row)) for row in connection.execute(HOLDS)]
            incidents = [Incident.model_validate(_body(row)) for row in connection.execute(OPEN)]
    except (sqlite3.Error, ValidationError, ValueError):
        return None
    return Books(holds, incidents)


def _body(row: tuple[str]) -> object:
    return json.loads(row[0])
