"""The same world as the web's tests."""

from __future__ import annotations

from tests.web.conftest import live, shipped, store

__all__ = ["live", "shipped", "store"]
