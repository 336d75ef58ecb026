"""Deliveries to the app's Request URL: signed, and timed against the 3-second deadline."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from functools import cache

import httpx

from bot.sandbox.slack.journal import Delivery
from bot.sandbox.slack.parcels import Attempt, Outcome, Parcel
from bot.sandbox.slack.workspace import Workspace

STALE_SECONDS = 3600
SUCCESS = range(200, 300)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class RequestUrl:
    """The way to the app over HTTP."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def carry(self, parcel: Parcel, attempt: Attempt) -> Outcome:
        """Send it once."""
        entry = Delivery(parcel.name, self.workspace.now(), retry=attempt.retry)
        started = self.workspace.monotonic()
        headers = self._headers(parcel)
        if attempt.retry:
            headers |= {"x-slack-retry-num": str(attempt.retry), "x-slack-retry-reason": attempt.reason}
        try:
            response = await self._post(parcel.body, headers)
            entry.status = response.status_code
            entry.failure = None if response.status_code in SUCCESS else "dispatch_failed"
        except (TimeoutError, httpx.TimeoutException):
            response, entry.failure = httpx.Response(0), "operation_timeout"
        except (httpx.HTTPError, httpx.InvalidURL):
            response, entry.failure = httpx.Response(0), "dispatch_failed"
        entry.ms = round((self.workspace.monotonic() - started) * 1000, 3)
        self.workspace.journal.deliveries.add(entry)
        kind = response.headers.get("content-type", "")
        return Outcome(entry.status, response.text, kind, entry.ms, entry.failure)

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        app = self.workspace.app
        if app.bot_url is None:
            raise httpx.InvalidURL("the app has no Request URL")
        async with asyncio.timeout(app.deadline):
            async with httpx.AsyncClient(
                verify=_tls(app.bot_url.startswith("https:")), trust_env=False, timeout=app.deadline
            ) as client:
                return await client.post(app.bot_url, content=body, headers=headers)

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        seconds = int(self.workspace.wall()) - (STALE_SECONDS if parcel.tamper == "stale_timestamp" else 0)
        signed = signature(self.workspace.app.signing_secret, str(seconds), parcel.body)
        headers = {
            "content-type": parcel.content_type,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": str(seconds),
        }
        if parcel.tamper == "bad_signature":
            signed = signed[:-4] + ("0000" if signed[-4:] != "0000" else "1111")
        return headers if parcel.tamper == "no_signature" else {**headers, "x-slack-signature": signed}


@cache
def _tls(needed: bool) -> ssl.SSLContext:
    # Loading the certificate authorities takes 20 ms: only for a bot that is reached over TLS.
    return ssl.create_default_context() if needed else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
