"""What `breakwater operator …` does."""

from __future__ import annotations

import base64
import getpass
import json
import os
import secrets
import sys
from pathlib import Path

import typer

from bot.bootstrap.build import read_content
from bot.bootstrap.personal_key import default_path, make_personal_key, read_personal_key
from bot.bootstrap.second_factors import keep_secret
from bot.bootstrap.settings import SettingsError, read_settings
from bot.cli.deeds.session import passphrase_of
from bot.domain.proof import public_line
from bot.domain.totp import otpauth

SHORTEST = 8


def enroll(file: Path | None, *, guarded: bool, as_json: bool) -> None:
    """Make a key and say what to do with its line. Raises SettingsError, OSError."""
    path = file or default_path(os.environ)
    if path.exists():
        raise SettingsError(f"{path} is there already; `breakwater operator show` prints its line.")
    line = public_line(make_personal_key(path, _new_passphrase() if guarded else "").public_key())
    if as_json:
        typer.echo(json.dumps({"file": str(path), "key": line}))
        return
    typer.echo(f"Your key is in {path}, which you alone can read. Its public line is:\n")
    typer.echo(f"  {line}\n")
    typer.echo(f'An administrator adds it under your name in people.yaml, as  keys: ["{line}"],')
    typer.echo("in a change that a second person reviews, then runs: breakwater check && breakwater reload")


def show(file: Path | None, *, as_json: bool) -> None:
    """Print the public line of a key, and whose it is. Raises SettingsError, ContentErrors."""
    key = read_personal_key(file or default_path(os.environ), passphrase_of)
    line = public_line(key.public_key())
    directory = read_content(read_settings(), resolve_env=False).directory
    person = directory.by_key(line)
    roles = sorted(r.words for r in directory.eligible(person.id)) if person else []
    if as_json:
        typer.echo(json.dumps({"key": line, "person": person.id if person else None, "roles": roles}))
        return
    typer.echo(line)
    if person is None:
        typer.echo("It is nobody's in people.yaml yet.")
    else:
        typer.echo(f"It is {person.name}'s, who may be: {', '.join(roles) or 'nothing yet'}.")


def totp(person_id: str) -> None:
    """Keep a new secret for a person and print it once. Raises SettingsError, ContentErrors, OSError."""
    settings = read_settings()
    if settings.totp_secrets_file is None:
        raise SettingsError("TOTP_SECRETS_FILE: a file for the secrets of authenticator apps; it is not set")
    people = read_content(settings, resolve_env=False).directory.people
    if person_id not in people:
        raise SettingsError(f"people.yaml has nobody called {person_id[:40]}; there are {', '.join(people)}")
    secret = secrets.token_bytes(20)
    keep_secret(settings.totp_secrets_file, person_id, base64.b32encode(secret).decode())
    typer.echo(f"For {people[person_id].name}'s authenticator app, shown this once:\n")
    typer.echo(f"  {otpauth(secret, person_id)}")


def _new_passphrase() -> str:
    """Typed twice, or from OPERATOR_PASSPHRASE_FILE. Raises SettingsError."""
    if os.environ.get("OPERATOR_PASSPHRASE_FILE"):
        return passphrase_of()
    if not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked for a passphrase here; add --no-passphrase to do without.")
    first = getpass.getpass("A passphrase for your key: ")
    if len(first) < SHORTEST:
        raise SettingsError(f"A passphrase has at least {SHORTEST} characters; nothing was made.")
    if getpass.getpass("The same again: ") != first:
        raise SettingsError("The two differ; nothing was made.")
    return first
