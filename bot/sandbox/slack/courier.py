"""Deliveries to the app's Request URL: signed, timed against the 3-second deadline, events retried."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import urlencode

import httpx

from bot.sandbox.slack.faults import DELIVERY_KINDS
from bot.sandbox.slack.journal import Delivery
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.workspace import Workspace

Tamper = Literal["bad_signature", "no_signature", "stale_timestamp"]
FORM = "application/x-www-form-urlencoded"
STALE_SECONDS = 3600
SUCCESS = range(200, 300)
RETRY_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}


@dataclass(frozen=True)
class Parcel:
    """One request to the app: `name` is what faults and the journal call it."""

    name: str
    body: bytes
    content_type: str
    tamper: Tamper | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it: the answer, or `failure` (`operation_timeout` or `dispatch_failed`)."""

    status: int | None
    body: str
    content_type: str
    ms: float
    failure: str | None

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.failure is None


def form_parcel(name: str, fields: Json, tamper: Tamper | None = None) -> Parcel:
    """A slash command."""
    return Parcel(name, urlencode(fields).encode(), FORM, tamper)


def payload_parcel(name: str, payload: Json, tamper: Tamper | None = None) -> Parcel:
    """An interaction: its JSON in one form field."""
    return form_parcel(name, {"payload": json.dumps(payload)}, tamper)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class Courier:
    """Brings parcels to the app; one per workspace, closed with the server."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._errands: set[asyncio.Task[None]] = set()

    async def deliver(self, parcel: Parcel, times: int = 1) -> list[Outcome]:
        """Deliver `times` copies at once, after the faults in force; the person sees the first outcome."""
        faults = {f.kind: f for f in self.workspace.faults.strike(parcel.name, DELIVERY_KINDS)}
        if "drop" in faults:
            entry = Delivery(parcel.name, self.workspace.now(), failure="dispatch_failed", fault="drop")
            self.workspace.journal.deliveries.add(entry)
            return [Outcome(None, "", "", 0.0, "dispatch_failed")]
        if "delay" in faults:
            await asyncio.sleep(faults["delay"].ms / 1000)
        copies = times + (1 if "duplicate" in faults else 0)
        outcomes = list(await asyncio.gather(*(self._attempt(parcel) for _ in range(copies))))
        if "retry" in faults:
            outcomes.append(await self._attempt(parcel, retry=1, reason="http_timeout"))
        return outcomes

    def send_event(self, event: Json) -> None:
        """Deliver an event in the background, retried on the app's schedule until it answers."""
        self.run(self._event(event))

    def run(self, errand: Coroutine[object, object, None]) -> None:
        """Do something in the background until the server closes."""
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def verify_url(self) -> bool:
        """Ask the Request URL to prove itself (`url_verification`), as Slack does when it is entered."""
        challenge = self.workspace.new_id("challenge")
        body = {
            "type": "url_verification",
            "token": self.workspace.app.verification_token,
            "challenge": challenge,
        }
        parcel = Parcel("url_verification", json.dumps(body).encode(), "application/json")
        outcome = await self._attempt(parcel)
        return outcome.ok and challenge in outcome.body

    async def close(self) -> None:
        """Give up every retry still waiting."""
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    async def _event(self, event: Json) -> None:
        workspace = self.workspace
        envelope = {
            "token": workspace.app.verification_token,
            "team_id": workspace.team_id,
            "api_app_id": workspace.app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": int(workspace.now().timestamp()),
            "authorizations": [
                {"team_id": workspace.team_id, "user_id": workspace.app.bot_user, "is_bot": True}
            ],
            "is_ext_shared_channel": False,
        }
        parcel = Parcel(f"event:{event['type']}", json.dumps(envelope).encode(), "application/json")
        outcome = (await self.deliver(parcel))[0]
        for retry, delay in enumerate(workspace.app.event_retries, start=1):
            if outcome.ok:
                return
            await asyncio.sleep(delay)
            reason = "http_error" if outcome.status else RETRY_REASONS[str(outcome.failure)]
            outcome = await self._attempt(parcel, retry=retry, reason=reason)

    async def _attempt(self, parcel: Parcel, *, retry: int = 0, reason: str = "") -> Outcome:
        entry = Delivery(parcel.name, self.workspace.now(), retry=retry)
        started = self.workspace.monotonic()
        headers = self._headers(parcel)
        if retry:
            headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason}
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
