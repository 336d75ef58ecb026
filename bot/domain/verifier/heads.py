"""Signed heads, and the time stamps on them (RFC 3161)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.verifier.canon import Json, canonical
from bot.domain.verifier.ed25519 import signature_fits

SHA256 = bytes.fromhex("608648016503040201")
GENERALIZED_TIME, LONG_FORM = 0x18, 0x80


def moment(said: str) -> datetime:
    """A moment as it is written in rows and heads."""
    return datetime.fromisoformat(said[:-1] + "+00:00" if said.endswith("Z") else said)


def signed_part(anchor: Json) -> bytes:
    """What the signature of a head is over."""
    return canonical({"seq": anchor["seq"], "hash": anchor["hash"], "at": moment(anchor["at"]).isoformat()})


def statement(anchor: Json) -> bytes:
    """What a time-stamping authority stamps: the head with its signature."""
    return signed_part(anchor) + str(anchor["signature"]).encode()


def anchor_fits(anchor: Json) -> bool:
    """Whether a head's signature is by the key it names."""
    try:
        key, signature = (base64.b64decode(anchor[n], validate=True) for n in ("key_id", "signature"))
        return signature_fits(key, signed_part(anchor), signature)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def stamped(token: bytes) -> tuple[bytes, datetime]:
    """The SHA-256 imprint and the time in an RFC 3161 token; its own signature is openssl's to check.

    Raises ValueError for what is none.
    """
    try:
        signed = inside(inside(token)[0][1])  # ContentInfo: type, [0] SignedData
        content = inside(inside(signed[1][1])[0][1])[2][1]  # version, algorithms, encapContentInfo
        facts = inside(inside(inside(inside(content)[1][1])[0][1])[0][1])  # TSTInfo
        algorithm, imprint = inside(facts[2][1])[:2]
        if inside(algorithm[1])[0][1] != SHA256:
            raise ValueError("a token that is not over SHA-256")
        said = next(body for tag, body in facts if tag == GENERALIZED_TIME).decode()
        return imprint[1], datetime.strptime(said[:14] + "+0000", "%Y%m%d%H%M%S%z")
    except (IndexError, StopIteration) as error:
        raise ValueError("no time-stamp token") from error


def inside(body: bytes) -> list[tuple[int, bytes]]:
    """The DER values in a row of them: tag and content of each."""
    found, at = [], 0
    while at < len(body):
        tag, length, at = body[at], body[at + 1], at + 2
        if length > LONG_FORM:
            count, at = length - LONG_FORM, at + length - LONG_FORM
            length = int.from_bytes(body[at - count : at], "big")
        if at + length > len(body):
            raise ValueError("a value that is cut off")
        found.append((tag, body[at : at + length]))
        at += length
    return found


def stamp_flaw(stamp: Json, heads: list[Json], tolerance: timedelta) -> str:
    """What is wrong with a kept time stamp, given the heads of its row and hash; empty when nothing is."""
    try:
        imprint, at = stamped(base64.b64decode(stamp["token"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        return f"is none ({error})"
    mine = [h for h in heads if hashlib.sha256(statement(h)).digest() == imprint]
    if not mine:
        return "is over something else than a head that is kept"
    if at < moment(mine[0]["at"]) - tolerance:
        return f"is of {at}, before the head was signed"
    return ""


def known_keys(keys: Json, given: Iterable[str]) -> frozenset[str]:
    """The ids of the given keys, and of all that they were rotated to and from: both signed that."""
    known = set(given)
    links = [r for r in keys.get("rotations") or () if rotation_fits(r)]
    while (
        more := {end for r in links for end in (r["from"], r["to"]) if known & {r["from"], r["to"]}} - known
    ):
        known |= more
    return frozenset(known)


def rotation_part(rotation: Json) -> bytes:
    """What both keys of a rotation sign."""
    named = {name: rotation[name] for name in ("from", "to", "at")}
    return canonical({"signs": "breakwater key rotation 1", **named})


def rotation_fits(rotation: Json) -> bool:
    """Whether the old key and the new one have both signed that one follows the other."""
    try:
        said = rotation_part(rotation)
        ends = [base64.b64decode(rotation[name], validate=True) for name in ("from", "to")]
        signed = [base64.b64decode(one, validate=True) for one in rotation["signatures"]]
        return len(signed) == len(ends) and all(map(signature_fits, ends, (said, said), signed))
    except (ValueError, KeyError, TypeError):
        return False
