"""Whether a request is Slack's: size, time, signature and shape, before anything reads it.

Bolt answers 500 to a timestamp that is no number, a signature outside ASCII and a signed body that is no
JSON, so that none of these may reach it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

BODY_BYTES = 1_000_000
WINDOW_SECONDS = 300
STAMP_DIGITS = 12
BAD_REQUEST, UNAUTHORIZED, TOO_LARGE = 400, 401, 413
WITHOUT_TEAM = frozenset({"url_verification", "ssl_check"})


class Turned(Exception):
    """A request that is turned away; `status` is the HTTP status, `str()` the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A request that Slack signed. `kind` is its `type`, or `command`; `team_id` may be empty."""

    kind: str
    team_id: str
    fields: dict[str, Any]


def inspect(headers: Mapping[str, str], body: bytes, secret: str, wall: datetime) -> Request:
    """The request, once its signature fits. `headers` have lower-case names. Raises Turned."""
    if len(body) > BODY_BYTES:
        raise Turned(TOO_LARGE, f"The body is larger than {BODY_BYTES:,} bytes.")
    verify(headers, body, secret, wall)
    return asked(_read(headers.get("content-type", ""), body))


def asked(fields: dict[str, Any]) -> Request:
    """What a payload that Slack sent asks. Raises Turned when it names no team."""
    kind = str(fields.get("type") or ("ssl_check" if "ssl_check" in fields else "command"))
    team_id = _team(fields)
    if not team_id and kind not in WITHOUT_TEAM:
        raise Turned(BAD_REQUEST, "The request names no team.")
    return Request(kind, team_id, fields)


def verify(headers: Mapping[str, str], body: bytes, secret: str, wall: datetime) -> None:
    """Check time and signature. Raises Turned (401)."""
    stamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= STAMP_DIGITS):
        raise Turned(UNAUTHORIZED, "The request has no timestamp that is a number.")
    if abs(wall.timestamp() - int(stamp)) > WINDOW_SECONDS:
        raise Turned(UNAUTHORIZED, "The request is older or newer than five minutes.")
    base = b"v0:" + stamp.encode() + b":" + body
    wanted = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    if not signature.isascii() or not hmac.compare_digest(signature, wanted):
        raise Turned(UNAUTHORIZED, "The signature does not fit.")


def _read(content_type: str, body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Turned(BAD_REQUEST, "The body is not UTF-8.") from None
    if content_type.startswith("application/json"):
        return _object(text)
    if not content_type.startswith("application/x-www-form-urlencoded"):
        raise Turned(BAD_REQUEST, "The body is neither JSON nor a form.")
    form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
    return _object(form["payload"]) if "payload" in form else dict(form)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Turned(BAD_REQUEST, "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Turned(BAD_REQUEST, "The body is not a JSON object.")
    return found


def _team(fields: Mapping[str, Any]) -> str:
    team = fields.get("team")
    named = team.get("id") if isinstance(team, dict) else team
    user = fields.get("user")
    of_user = user.get("team_id") if isinstance(user, dict) else None
    return next((str(t) for t in (fields.get("team_id"), named, of_user) if t), "")
