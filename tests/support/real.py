"""Real outside parts: absent, they skip a test with the reason, or fail it under REQUIRE_REAL=1."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(part: str, reason: object) -> NoReturn:
    """Say that a real part cannot be had here."""
    said = f"{part} cannot be had here: {reason}"
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"{said} (REQUIRE_REAL=1)", pytrace=False)
    pytest.skip(said)
