"""The review of an incident as a file."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import typer

from bot.bootstrap.build import opened, read_content
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.publishers.charts import Comparison
from bot.publishers.review import review_html
from bot.store import WORKER_PATIENCE


def review(incident: str, to: Path, comparison: Path | None, cause_at: str | None) -> None:
    """Write the review of an incident as one self-contained HTML file. Raises NotFound, SettingsError."""
    settings = read_settings()
    other = _comparison(comparison) if comparison else None
    cause = _moment(cause_at) if cause_at else None
    html = asyncio.run(_review(settings, incident.upper(), other, cause))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(html)
    typer.echo(f"The review of {incident.upper()} is in {to}.")


async def _review(
    settings: Settings, incident_id: str, comparison: Comparison | None, cause_at: datetime | None
) -> str:
    content = read_content(settings, resolve_env=False)
    async with opened(settings, content, patience=WORKER_PATIENCE) as parts:
        return await review_html(
            parts.ctx, incident_id, settings.templates_dir, comparison=comparison, cause_at=cause_at
        )


def _moment(text: str) -> datetime:
    """A moment with its zone. Raises SettingsError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise SettingsError(f"--cause-at: a moment with its zone, such as 2026-11-20T03:05:00Z, not {text}")
    return at.astimezone(UTC)


def _comparison(path: Path) -> Comparison:
    """Read `{"title", "unit", "with": [[minute, "amount"], …], "without": […]}`; raises SettingsError."""
    try:
        raw = json.loads(path.read_text())
        series = {k: [(Decimal(str(m)), Decimal(str(v))) for m, v in raw[k]] for k in ("with", "without")}
        return Comparison(str(raw["title"]), str(raw["unit"]), series["with"], series["without"])
    except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise SettingsError(f"{path}: not a comparison: {error}") from None
