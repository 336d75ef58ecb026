"""One call to Slack's Web API, with failures by name.

SlackTrouble
├── SlackAway      no usable answer, a rate limit, a fault of Slack's: to be tried again `after` a while
└── SlackRefused   a definite no, named by Slack's `code`
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

TOO_MANY, SERVER_FAULT = 429, 500
PASSING = frozenset(
    {
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"),
        *("rate_limited", "accesslimited", "team_added_to_org", "message_limit_exceeded"),
    }
)
MODAL_SECONDS = 2
MESSAGE_SECONDS = 10


class SlackTrouble(Exception):
    """Slack did not do as asked; `str()` is one sentence without secrets."""


class SlackAway(SlackTrouble):
    """It was not done, or nobody knows. `after` is how long Slack asked us to wait.

    `unsent` is true only where nothing can have been done: we were turned away, or never got through.
    """

    def __init__(self, reason: str, after: timedelta | None = None, *, unsent: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.unsent = unsent or after is not None


class SlackRefused(SlackTrouble):
    """A definite no. `method` was refused, `needed` is a scope that is missing, `errors` say of whom."""

    def __init__(
        self, code: str, *, method: str = "", needed: str = "", errors: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(f"Slack says {code}")
        self.code = code
        self.method = method
        self.needed = needed
        self.errors = tuple(errors)


def web_client(token: str, base_url: str, seconds: int = MESSAGE_SECONDS) -> AsyncWebClient:
    """The SDK's client without its own retries, which may post a message twice, and without a proxy."""
    client = AsyncWebClient(token=token, base_url=base_url, timeout=seconds, retry_handlers=[])
    client.proxy = None  # it takes one from the environment, and with it every request and its token
    return client


async def said(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    """What Slack answers to a call of the SDK's client. Raises SlackAway and SlackRefused."""
    try:
        answer = await call
    except SlackApiError as error:
        raise _named(error) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        never = isinstance(error, aiohttp.ClientConnectorError)
        raise SlackAway(f"Slack cannot be reached ({type(error).__name__})", unsent=never) from None
    except (ValueError, AttributeError) as error:
        # The SDK stumbles so over bodies that are no JSON object, such as a proxy's error page.
        raise SlackAway(f"Slack's answer cannot be read ({type(error).__name__})") from None
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def _named(error: SlackApiError) -> SlackTrouble:
    response = error.response
    data = getattr(response, "data", None)
    data = data if isinstance(data, dict) else {}
    code = data.get("error")
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    if status == TOO_MANY or code in {"ratelimited", "rate_limited"}:
        return SlackAway("Slack asks us to slow down", _retry_after(response))
    if not isinstance(code, str) or status >= SERVER_FAULT or code in PASSING:
        return SlackAway(f"Slack is in trouble ({code or status})")
    return _refused(code, data)


def _refused(code: str, data: dict[str, Any]) -> SlackRefused:
    errors = data.get("errors")
    told = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return SlackRefused(code, needed=str(data.get("needed") or ""), errors=told)


def _retry_after(response: Any) -> timedelta:
    raw = str((getattr(response, "headers", None) or {}).get("Retry-After", ""))
    return timedelta(seconds=min(int(raw), 300) if raw.isascii() and raw.isdigit() else 1)
