"""Other places that keep signed heads: an HTTP store of objects created once, and a time-stamping authority.

RFC 3161 is spoken in the few DER values it needs; the token's own signature is the auditor's to check.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from bot.domain.ledger import Anchor, canonical
from bot.domain.verifier.canon import Json
from bot.domain.verifier.heads import SHA256, inside, stamped, statement
from bot.usecases.ports import Refused, Unanswered

TIMEOUT = 10.0
SIZE_LIMIT = 100_000
THERE_ALREADY = 412
GRANTED = (0, 1)
SEQUENCE, INTEGER, OCTETS, NULL, OBJECT, BOOLEAN = 0x30, 0x02, 0x04, 0x05, 0x06, 0x01
LONG_FORM = 0x80


@dataclass(frozen=True, slots=True)
class Road:
    """How places are reached: `check` lets a URL pass or raises Refused."""

    check: Callable[[httpx.URL], None]
    tls: ssl.SSLContext

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """One request, bounded in time and size, without redirects. Raises Refused and Unanswered."""
        address = httpx.URL(url)
        self.check(address)
        where = address.netloc.decode()
        client = httpx.AsyncClient(verify=self.tls, trust_env=False, follow_redirects=False, timeout=TIMEOUT)
        try:
            async with client, client.stream(method, address, headers=dict(headers), content=body) as answer:
                return answer.status_code, await _bounded(answer, where)
        except (httpx.HTTPError, OSError) as error:
            raise Unanswered(f"{where} gave no whole answer ({type(error).__name__})") from None


@dataclass(frozen=True, slots=True)
class HttpStore:
    """Creates one object for each head, named by row and hash, which nobody overwrites."""

    road: Road
    url: str
    token: str = field(default="", repr=False)
    name: str = "ANCHOR_URL"

    async def keep(self, anchor: Anchor) -> None:
        """PUT the head unless it is there. Raises Refused and Unanswered."""
        headers = {"If-None-Match": "*", "Content-Type": "application/json", "User-Agent": "breakwater"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        place = f"{self.url.rstrip('/')}/{anchor.seq:012d}-{anchor.hash}.json"
        body = canonical(anchor.model_dump(mode="json")) + b"\n"
        status, _ = await self.road.send("PUT", place, headers, body)
        if not httpx.codes.is_success(status) and status != THERE_ALREADY:
            raise Refused(_refusal(status))


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Has each head stamped by an RFC 3161 authority."""

    road: Road
    url: str
    name: str = "ANCHOR_TSA_URL"

    async def keep(self, anchor: Anchor) -> Json:
        """The stamp, as a line for the file of heads. Raises Refused and Unanswered."""
        said = anchor.model_dump(mode="json")
        imprint = hashlib.sha256(statement(said)).digest()
        headers = {"Content-Type": "application/timestamp-query", "User-Agent": "breakwater"}
        status, body = await self.road.send("POST", self.url, headers, time_stamp_request(imprint))
        if not httpx.codes.is_success(status):
            raise Refused(_refusal(status))
        token = time_stamp_token(body)
        try:
            stamped_imprint, at = stamped(token)
        except ValueError as error:
            raise Unanswered(f"the authority answered with {error}") from None
        if stamped_imprint != imprint:
            raise Refused("the authority stamped something else than the head")
        return {
            "stamps": "RFC 3161",
            "seq": anchor.seq,
            "hash": anchor.hash,
            "at": at.isoformat(),
            "authority": self.url,
            "imprint": imprint.hex(),
            "token": base64.b64encode(token).decode(),
        }


def time_stamp_request(imprint: bytes) -> bytes:
    """A TimeStampReq over a SHA-256 imprint that asks for the authority's certificate too."""
    algorithm = der(SEQUENCE, der(OBJECT, SHA256), der(NULL))
    message = der(SEQUENCE, algorithm, der(OCTETS, imprint))
    return der(SEQUENCE, der(INTEGER, b"\x01"), message, der(BOOLEAN, b"\xff"))


def time_stamp_token(response: bytes) -> bytes:
    """The token in a TimeStampResp. Raises Refused when it was not granted, Unanswered for nonsense."""
    try:
        parts = inside(inside(response)[0][1])
        status = int.from_bytes(inside(parts[0][1])[0][1], "big")
    except (ValueError, IndexError):
        raise Unanswered("the authority answered with no time stamp") from None
    if status not in GRANTED or len(parts) == 1:
        raise Refused(f"the authority granted no time stamp (status {status})")
    return der(*parts[1])


def der(tag: int, *contents: bytes) -> bytes:
    """One DER value."""
    body = b"".join(contents)
    if len(body) < LONG_FORM:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, LONG_FORM + len(length))) + length + body


def _refusal(status: int) -> str:
    if httpx.codes.is_redirect(status):
        return f"it answered with a redirect ({status}), which is not followed"
    return f"it answered {status}"


async def _bounded(answer: httpx.Response, where: str) -> bytes:
    body = b""
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise Unanswered(f"{where} answered with more than {SIZE_LIMIT:,} bytes and was cut off")
    return body
