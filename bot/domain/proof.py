"""Personal keys, and what is signed with them: requests from the command line, and approvals.

A signature is Ed25519 over canonical JSON that names what it is for, so that one kind never passes for
another. A public key is written as one line, `ed25519:` and its 32 bytes in base64.
"""

from __future__ import annotations

import base64
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.domain.base import Environment, Frozen, Moment
from bot.domain.ledger import canonical

PREFIX = "ed25519:"
REQUEST, APPROVAL = "breakwater request 1", "breakwater approval 1"


class StepUp(StrEnum):
    """What a stolen Slack session does not have, the weakest first: nothing, a one-time code, a key."""

    NONE = "none"
    TOTP = "totp"
    KEY = "key"

    @property
    def rank(self) -> int:
        """The higher, the stronger."""
        return list(StepUp).index(self)


class Proof(Frozen):
    """What a person gave beside their yes: their key's signature over it, or the seal of a right code.

    `at` is the wall time that is signed along.
    """

    by: StepUp
    person: str
    at: Moment
    signature: str
    key: str = ""


class SignedRequest(Frozen):
    """What a person asked on the command line: the verb, its arguments, and their signature over all of it.

    `id` is unique to the request, `person` a person's id, `key` their public key, `at` wall time.
    """

    id: str
    person: str
    verb: str
    arguments: dict[str, str]
    environment: Environment
    at: Moment
    key: str
    signature: str = ""

    @property
    def body(self) -> bytes:
        """What is signed."""
        return canonical({"signs": REQUEST, **self.model_dump(mode="json", exclude={"signature"})})

    def signed(self, key: Ed25519PrivateKey) -> SignedRequest:
        """The same request, signed."""
        return self.model_copy(update={"signature": _text(key.sign(self.body))})

    @property
    def holds(self) -> bool:
        """Whether the signature is this key's over exactly this."""
        return verifies(self.key, self.signature, self.body)


def public_line(key: Ed25519PublicKey) -> str:
    """A public key as people.yaml has it."""
    return PREFIX + _text(key.public_bytes_raw())


def read_public(line: str) -> Ed25519PublicKey:
    """The key that a line of people.yaml means. Raises ValueError."""
    raw = line.removeprefix(PREFIX) if line.startswith(PREFIX) else ""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(raw, validate=True))
    except ValueError:
        raise ValueError(
            f"`{line[:60]}` is no public key; `breakwater operator enroll` prints a line that begins {PREFIX}"
        ) from None


def verifies(line: str, signature: str, body: bytes) -> bool:
    """Whether a signature in base64 is that of the public key in `line` over `body`."""
    try:
        read_public(line).verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def approval_body(proposal_id: str, shown_hash: str, person_id: str, at: datetime) -> bytes:
    """What a second factor signs: this person's yes to exactly what that hash names, at that wall time."""
    said: dict[str, Any] = {"signs": APPROVAL, "proposal": proposal_id, "hash": shown_hash}
    return canonical({**said, "person": person_id, "at": at.isoformat()})


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
