"""What is printed or written for others to use: the Slack app manifest, the JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from bot.bootstrap.settings import read_settings
from bot.content.schema import schemas
from bot.slack.manifest import manifest as slack_manifest


def manifest(public_url: str | None) -> None:
    """Print the Slack app manifest."""
    url = public_url or read_settings().link
    typer.echo(json.dumps(slack_manifest(url), indent=2))


def schema(to: Path | None) -> None:
    """Print the JSON Schemas, or write one file each into a folder."""
    found = schemas()
    if to is None:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, body in found.items():
        path = to / (name.replace("*.yaml", "runbook.yaml").removesuffix(".yaml") + ".schema.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=2) + "\n")
    typer.echo(f"{len(found)} schemas are in {to}.")
