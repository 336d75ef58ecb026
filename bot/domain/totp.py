"""Time-based one-time codes as authenticator apps make them (RFC 6238: SHA-1, 30 s, six digits)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD, DIGITS, DRIFT = 30, 6, 1
SHORTEST = 16  # bytes of secret; RFC 4226 asks for 128 bits at least


def code_of(secret: bytes, counter: int) -> str:
    """The code of one half minute, counted from 1970 on."""
    mac = hmac.new(secret, counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def counter_at(at: datetime) -> int:
    """Which half minute a moment of wall time is in."""
    return int(at.timestamp()) // PERIOD


def counter_of(secret: bytes, code: str, at: datetime) -> int | None:
    """The half minute of which this is the code, at most one off from `at`; None for a wrong code."""
    typed = "".join(code.split())
    now = counter_at(at)
    found = [
        counter
        for counter in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(code_of(secret, counter).encode(), typed.encode())
    ]
    return found[0] if found else None


def read_secret(text: str) -> bytes:
    """The secret that base32 text means. Raises ValueError."""
    packed = "".join(text.split()).rstrip("=").upper()
    try:
        secret = base64.b32decode(packed + "=" * (-len(packed) % 8))
    except ValueError:
        raise ValueError("a secret is base32, as `breakwater operator totp` writes it") from None
    if len(secret) < SHORTEST:
        raise ValueError(f"a secret has at least {SHORTEST} bytes, or its codes can be guessed")
    return secret


def otpauth(secret: bytes, person: str, issuer: str = "Breakwater") -> str:
    """The address that authenticator apps take a secret from."""
    text = base64.b32encode(secret).decode().rstrip("=")
    asked = urlencode({"secret": text, "issuer": issuer, "digits": DIGITS, "period": PERIOD})
    return f"otpauth://totp/{quote(issuer)}:{quote(person)}?{asked}"


def seal(secret: bytes, body: bytes) -> str:
    """What stands for a code that was right: checked, and made, only by whoever has the secret."""
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
