"""Making a request out of its description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.controls.calling import Request
from bot.controls.filling import Facts, fill_body, fill_headers, fill_path
from bot.domain.adapter import HttpCall


def filled(
    call: HttpCall, facts: Facts, headers: Mapping[str, str] | None = None, *, instead: Any = None
) -> Request:
    """A described request with its slots filled; `instead` is the body of a request that describes none."""
    body = fill_body(call.body, facts) if call.body is not None else instead
    sent = None if body is None or call.no_body else json.dumps(body).encode()
    own = fill_headers(call.headers, facts)
    return Request(call.method, fill_path(call.path, facts), {**own, **(headers or {})}, sent)
