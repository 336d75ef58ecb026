"""The key that signs ledger heads: made at the first start, readable by its owner alone, rotated at will."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.bootstrap.settings import SettingsError
from bot.domain.verifier.canon import Json, canonical
from bot.domain.verifier.heads import rotation_part


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


def key_id(key: Ed25519PrivateKey) -> str:
    """What names a key: the public half, base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def known_keys_file(path: Path) -> Path:
    """Where the keys before this one stay known, one rotation a line; nothing in it is secret."""
    return path.with_name(f"{path.name}.rotations")


def rotate(path: Path, at: datetime) -> Json:
    """Put a new key in place of the one there; both sign that one follows the other. Returns that rotation.

    The old private key is gone afterwards. Raises SettingsError, OSError.
    """
    old, new = ledger_key(path), Ed25519PrivateKey.generate()
    rotation: Json = {"from": key_id(old), "to": key_id(new), "at": at.isoformat()}
    said = rotation_part(rotation)
    rotation["signatures"] = [base64.b64encode(key.sign(said)).decode() for key in (old, new)]
    fresh = _written(path, new)
    try:
        with known_keys_file(path).open("ab") as out:
            out.write(canonical(rotation) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return rotation


def _make(path: Path) -> None:
    """Write a new key under a name of its own and link it into place, so that of two starts one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = _written(path, Ed25519PrivateKey.generate())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _written(path: Path, key: Ed25519PrivateKey) -> Path:
    """A key in a file of its own beside the path, for its owner alone."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return fresh
