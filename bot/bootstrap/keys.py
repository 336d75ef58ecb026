"""The key that signs ledger heads: made at the first start, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.bootstrap.settings import SettingsError


def ledger_key(path: Path) -> Ed25519PrivateKey:
    """Read the key, or make it when there is none.

    Raises SettingsError for a file that holds no such key, and for a place where none can be made.
    """
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"LEDGER_KEY_FILE: a file that can be made; {path} cannot be: {reason}") from None
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"LEDGER_KEY_FILE: a PEM file with an Ed25519 key; {path} is not: {error}"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"LEDGER_KEY_FILE: a PEM file with an Ed25519 key; {path} holds another kind")
    return key


def _make(path: Path) -> None:
    """Write a new key under a name of its own and link it into place, so that of two starts one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
