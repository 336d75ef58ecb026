"""Commands that print or write something and stop: manifest, schemas, the review."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.bootstrap.build import opened
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.content.schema import schemas
from bot.publishers.charts import Comparison
from bot.publishers.review import review_html
from bot.slack.manifest import manifest as slack_manifest
from bot.store import WORKER_PATIENCE

out = Console(highlight=False, soft_wrap=True)


def manifest(
    public_url: Annotated[
        str | None, typer.Option(help="Where Slack reaches us; PUBLIC_URL otherwise.")
    ] = None,
) -> None:
    """Print the Slack app manifest, to be pasted into "Create an app from a manifest".

    Example: breakwater manifest --public-url https://breakwater.example.com
    """
    url = public_url or read_settings().link
    out.print(json.dumps(slack_manifest(url), indent=2), markup=False)


def schema(
    to: Annotated[Path | None, typer.Option(help="A folder to write one file each into.")] = None,
) -> None:
    """Write the JSON Schemas of all operator-owned YAML.

    Example: breakwater schema --to ./schemas
    """
    found = schemas()
    if to is None:
        out.print(json.dumps(found, indent=2), markup=False)
        return
    for name, body in found.items():
        path = to / (name.replace("*.yaml", "runbook.yaml").removesuffix(".yaml") + ".schema.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=2) + "\n")
    out.print(f"{len(found)} schemas are in {to}.")


def review(
    incident: Annotated[str, typer.Argument(help="Such as INC-42.")],
    to: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("review.html"),
    comparison: Annotated[
        Path | None, typer.Option(help="A JSON file with a second course of the reserves.")
    ] = None,
) -> None:
    """Write the review of an incident as one self-contained HTML file.

    Example: breakwater review INC-42 --out review.html
    """
    settings = read_settings()
    other = _comparison(comparison) if comparison else None
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(asyncio.run(_review(settings, incident.upper(), other)))
    out.print(f"The review of {incident.upper()} is in {to}.")


async def _review(settings: Settings, incident_id: str, comparison: Comparison | None) -> str:
    async with opened(settings, patience=WORKER_PATIENCE) as parts:
        return await review_html(parts.ctx, incident_id, settings.templates_dir, comparison=comparison)


def _comparison(path: Path) -> Comparison:
    """Read `{"title", "unit", "with": [[minute, "amount"], …], "without": […]}`; raises SettingsError."""
    try:
        raw = json.loads(path.read_text())
        series = {k: [(Decimal(str(m)), Decimal(str(v))) for m, v in raw[k]] for k in ("with", "without")}
        return Comparison(str(raw["title"]), str(raw["unit"]), series["with"], series["without"])
    except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise SettingsError(f"{path}: not a comparison: {error}") from None
