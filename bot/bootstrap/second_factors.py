"""Secrets of authenticator apps, in a file outside the database that this account alone can read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import structlog

from bot.bootstrap.settings import SettingsError
from bot.domain.totp import read_secret

OTHERS = 0o077
log = structlog.get_logger(__name__)


class SecretsFile:
    """One JSON object, person id to base32; read anew whenever it is asked, for that is seldom."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def secret(self, person_id: str) -> bytes | None:
        """The secret of a person's app; None without one, and when the file cannot be used."""
        if self._path is None or not self._path.exists():
            return None
        try:
            text = secrets_in(self._path).get(person_id)
            return read_secret(text) if text else None
        except (SettingsError, ValueError) as error:
            log.warning("no second factor", reason=str(error))
            return None


def secrets_in(path: Path) -> dict[str, str]:
    """What a file holds. Raises SettingsError for one that others can read or that is no such file."""
    try:
        if path.stat().st_mode & OTHERS:
            raise SettingsError(f"TOTP_SECRETS_FILE: others can read {path}; chmod 600 it")
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"TOTP_SECRETS_FILE: {path} cannot be used: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise SettingsError(f"TOTP_SECRETS_FILE: {path} is no JSON object of base32 secrets by person")
    return found


def keep_secret(path: Path, person_id: str, text: str) -> None:
    """Put a person's secret into the file, in place of an older one. Raises SettingsError, OSError."""
    every = {**(secrets_in(path) if path.exists() else {}), person_id: text}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(every, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
