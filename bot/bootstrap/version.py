"""Which code runs: the version, and a digest of the very files, so that a row says what wrote it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import bot

SHORT = 12


@cache
def code_version() -> str:
    """Such as `0.1.0+3f9c02ab11de`; the same for the same files, wherever they lie."""
    root, found = Path(bot.__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(
            f"{path.relative_to(root).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return f"{bot.__version__}+{found.hexdigest()[:SHORT]}"
