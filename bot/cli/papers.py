"""What is printed or written for others to use: the Slack app manifest, the JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import typer

from bot.bootstrap.settings import SettingsError, read_settings
from bot.content.schema import schemas
from bot.slack.manifest import manifest as slack_manifest

LOOPBACK = ("127.0.0.1", "localhost")


def manifest(public_url: str | None) -> None:
    """Print the Slack app manifest. Raises SettingsError for an address that Slack would not call."""
    url = public_url or read_settings().public_url
    if not url:
        raise SettingsError(
            "Slack must know where to reach us: add --public-url https://… or set PUBLIC_URL."
        )
    if not _callable(url):
        raise SettingsError(f"--public-url: an address that begins with https://, not {url}")
    typer.echo(json.dumps(slack_manifest(url), indent=2))


def _callable(url: str) -> bool:
    """Whether it is https://, or plain http:// to this machine, where a tunnel or a sandbox listens."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


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
