"""A person's own key on this machine: made once, readable by its owner alone, read under their passphrase."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.bootstrap.settings import SettingsError

OTHERS = 0o077
LONGEST = 10_000  # bytes; a key's file is far shorter


def default_path(env: Mapping[str, str]) -> Path:
    """Where a person's key is looked for when no file is named. Raises SettingsError without a home."""
    if named := env.get("OPERATOR_KEY_FILE"):
        return Path(named)
    if config := env.get("XDG_CONFIG_HOME"):
        return Path(config) / "breakwater" / "operator.key"
    try:
        return Path.home() / ".config" / "breakwater" / "operator.key"
    except RuntimeError:
        raise SettingsError("There is no home folder here; name the file with --key FILE.") from None


def make_personal_key(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """A new key in a new file of this account alone. Raises SettingsError where there is one, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    guard: KeySerializationEncryption = NoEncryption()
    if passphrase:
        guard = BestAvailableEncryption(passphrase.encode())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, guard)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(f"{path} is there already; `breakwater operator show` prints its line.") from None
    with os.fdopen(file, "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    return key


def read_personal_key(path: Path, ask: Callable[[], str]) -> Ed25519PrivateKey:
    """The key in a file; `ask` is called when it has a passphrase.

    Raises SettingsError for a file that is missing, open to others, or no such key, OSError.
    """
    if not path.exists():
        raise SettingsError(f"There is no key at {path}; make one with `breakwater operator enroll`.")
    if path.stat().st_mode & OTHERS:
        raise SettingsError(f"Others can read {path}, so it proves nothing; chmod 600 it, or make a new key.")
    pem = path.read_bytes()[:LONGEST]
    return _loaded(path, pem, ask().encode() if b"ENCRYPTED" in pem else None)


def _loaded(path: Path, pem: bytes, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=passphrase)
    except (ValueError, TypeError):
        what = "the passphrase does not open it" if passphrase is not None else "it is no PEM file with a key"
        raise SettingsError(f"{path} cannot be used: {what}.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{path} cannot be used: it holds another kind of key, not Ed25519.")
    return key
