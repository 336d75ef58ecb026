"""One request to a service, bounded in place, time and size. Nothing else leaves this room.

A client lives for one attempt: a pooled httpx client can starve for good after cancelled requests
(httpcore issues 1093, 1094, 1099), a fresh one on a shared TLS context costs well under a millisecond.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bot.controls.outbound import Outbound
from bot.controls.pacing import Pace
from bot.domain.adapter import Service
from bot.domain.base import Environment, format_duration
from bot.usecases.ports import Attestations, Refused, ServiceError, Unanswered

SIZE_LIMIT = 1_000_000
CALLS_PER_HOST = 16
SENTENCE_LIMIT = 300
Oops = TypeVar("Oops", bound=ServiceError)


async def _nobody(_environment: Environment, _control: str, _target: str) -> None:
    """Nobody attests anything."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What adapters may reach the outside with.

    `services` gives the services of the content now in force, `secrets` the value of an environment
    variable or None. Both are asked at each call, so that neither a reload nor a rotation needs a restart.
    `environment` is the one whose registry uses it; `attested` is what people last attested of a control, and
    `now` business time.
    """

    services: Callable[[], Mapping[str, Service]]
    secrets: Callable[[str], str | None] = field(repr=False)
    outbound: Outbound
    tls: ssl.SSLContext
    environment: Environment = Environment.SANDBOX
    attested: Attestations = _nobody
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def peer(self, name: str) -> Peer:
        """The service of that name as it is now. Raises Refused for an unknown one or a missing secret."""
        service = self.services().get(name)
        if service is None:
            raise Refused(f"nothing was sent: no service is called {name}")
        return Peer(name, service, self._secret(name, service.auth_env))

    def _secret(self, service: str, variable: str) -> SecretStr | None:
        if not variable:
            return None
        secret = (self.secrets(variable) or "").strip()
        if not secret:
            raise Refused(f"{service} was sent nothing: the environment variable {variable} is not set")
        if not (secret.isascii() and secret.isprintable()):
            raise Refused(f"{service} was sent nothing: {variable} holds what no header can carry")
        return SecretStr(secret)


@dataclass(frozen=True, slots=True)
class Request:
    """What to send: a filled path below the service's base URL, headers and a JSON body."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The service at the other end, as one call knows it."""

    name: str
    service: Service
    secret: SecretStr | None

    def clean(self, text: str) -> str:
        """A text as one printable line, with this service's secret blotted out in every guise."""
        if self.secret:
            plain = self.secret.get_secret_value()
            for guise in (plain, quote(plain, safe=""), json.dumps(plain)[1:-1]):
                text = text.replace(guise, "[redacted]")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())

    def says(self, kind: type[Oops], sentence: str) -> Oops:
        """An error about this service, fit to be shown to people."""
        text = self.clean(f"{self.name} {sentence}")
        return kind(text if len(text) <= SENTENCE_LIMIT else f"{text[: SENTENCE_LIMIT - 1]}…")

    def authorization(self) -> dict[str, str]:
        """The header that proves who we are."""
        if self.secret is None:
            return {}
        proof = f"{self.service.auth_scheme} {self.secret.get_secret_value()}".strip()
        return {self.service.auth_header: proof}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is empty where nobody wanted it."""

    peer: Peer
    status: int
    headers: httpx.Headers
    body: bytes = field(default=b"", repr=False)


class Caller:
    """Sends requests to named services, at most CALLS_PER_HOST at a time to each host."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(CALLS_PER_HOST)
        )
        self._pace = Pace()

    async def call(
        self, service: str, request: Request, *, wants_body: bool, whatever: bool = False
    ) -> Answer:
        """Send a request and give back whatever was answered, errors and redirects included.

        The body is read where it is wanted, `whatever` the status, or where it explains a refusal. Raises
        Refused when nothing could be sent, Unanswered when no whole answer came within the service's timeout.
        """
        peer = self._reach.peer(service)
        url = _url(peer, request.path)
        self._reach.outbound.check(url)
        limit = peer.service.timeout
        try:
            await self._pace.turn(peer)
            async with asyncio.timeout(limit.total_seconds()), self._slots[url.netloc.decode()]:
                return await self._send(peer, url, request, wants_body=wants_body, whatever=whatever)
        except (TimeoutError, httpx.TimeoutException):
            raise peer.says(Unanswered, f"gave no whole answer within {format_duration(limit)}") from None
        except httpx.ConnectError as error:
            place = url.netloc.decode()
            if distrust := _distrust(error):
                said = f"shows at {place} a certificate that does not verify: {distrust}"
                raise peer.says(Unanswered, said) from None
            raise peer.says(Unanswered, f"cannot be reached at {place}") from None
        except (httpx.LocalProtocolError, UnicodeError):
            raise peer.says(Refused, "was sent nothing: a header of its description is malformed") from None
        except (httpx.HTTPError, OSError):  # a TLS failure while reading comes as a bare OSError
            raise peer.says(Unanswered, "broke the connection off before it had answered") from None

    async def _send(
        self, peer: Peer, url: httpx.URL, request: Request, *, wants_body: bool, whatever: bool
    ) -> Answer:
        # The default would offer compression, and a compressed answer has no bound on its size.
        headers = httpx.Headers({"Accept": "application/json", "Accept-Encoding": "identity"})
        headers.update({"User-Agent": "breakwater", **request.headers, **peer.authorization()})
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        client = httpx.AsyncClient(
            verify=self._reach.tls,
            trust_env=False,
            follow_redirects=False,
            timeout=peer.service.timeout.total_seconds(),
        )
        async with (
            client,
            client.stream(request.method, url, headers=headers, content=request.body) as response,
        ):
            status = response.status_code
            answer = Answer(peer, status, response.headers)
            if (wants_body and (whatever or response.is_success)) or response.is_client_error:
                return Answer(peer, status, response.headers, await _body(answer, response))
            return answer


def _distrust(error: BaseException | None) -> str:
    """Why a certificate was not believed, if that is what went wrong below."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def _url(peer: Peer, path: str) -> httpx.URL:
    try:
        url = httpx.URL(peer.service.base_url.rstrip("/") + path)
    except httpx.InvalidURL:
        raise peer.says(Refused, "was sent nothing: its base_url is no URL") from None
    if url.userinfo:
        raise peer.says(Refused, "was sent nothing: its base_url holds a password; name an auth_env instead")
    return url


async def _body(answer: Answer, response: httpx.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise answer.peer.says(Unanswered, "answered in a compression that was not asked for")
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise answer.peer.says(Unanswered, "answered with more than 1 MB and was cut off")
    return body
