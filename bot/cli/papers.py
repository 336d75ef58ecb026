"""What is printed or written for others to use: the Slack app manifest, the JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import typer

from bot.bootstrap.settings import SettingsError, read_settings
from bot.content.schema import FOLDER, schema_files, schemas
from bot.slack.manifest import manifest as slack_manifest

LOOPBACK = ("127.0.0.1", "localhost")


def manifest(public_url: str | None, mode: Literal["http", "socket"]) -> None:
    """Print the Slack app manifest. Raises SettingsError for an address that Slack would not call."""
    if mode == "socket":
        typer.echo(json.dumps(slack_manifest(None), indent=2))
        return
    url = public_url or read_settings().public_url
    if not url:
        raise SettingsError(
            "Slack must know where to reach us: add --public-url https://… or set PUBLIC_URL, "
            "or, where it cannot reach us, --mode socket."
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


def schema(to: Path | None, *, show: bool = False, current: bool = False) -> None:
    """Write the JSON Schemas into a folder, print them, or see that those there are current.

    Raises SettingsError for a folder that cannot be guessed; exits with 1 when one is not current.
    """
    if show:
        typer.echo(json.dumps(schemas(), indent=2))
        return
    folder = to or _beside_the_runbooks()
    files = schema_files()
    if current:
        _say_whether_current(folder, files)
        return
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    typer.echo(f"{len(files)} schemas are in {folder}.")


def _beside_the_runbooks() -> Path:
    """Where the first line of every shipped file looks for them."""
    runbooks = read_settings().runbooks_dir
    if not runbooks.is_dir():
        raise SettingsError(f"There is no folder `{runbooks}`; name a folder, or set RUNBOOKS_DIR.")
    return runbooks / FOLDER


def _say_whether_current(folder: Path, files: Mapping[str, str]) -> None:
    old = [n for n, text in files.items() if not (folder / n).is_file() or (folder / n).read_text() != text]
    for name in old:
        typer.echo(f"{folder / name} is not current")
    if old:
        raise SettingsError(f"Write them anew: breakwater schema {folder}")
    typer.echo(f"All {len(files)} schemas in {folder} are current.")
