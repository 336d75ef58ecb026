"""The one append-only record: entries, rows chained by hash, signed heads, and the check of all three.

Canonical JSON (RFC 8785) hashed with SHA-256; amounts are strings because RFC 8785 has no exact decimals.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.domain.base import Environment, Frozen, Moment
from bot.domain.verifier.canon import GENESIS, HASHED
from bot.domain.verifier.examine import anchors_flaw, chain_flaw
from bot.domain.verifier.rules import RESTORED

__all__ = [
    "FORMAT",
    "GENESIS",
    "RESTORED",
    "Anchor",
    "Entry",
    "Flaw",
    "Head",
    "Restoration",
    "Row",
    "canonical",
    "chain",
    "digest",
    "find_flaw",
    "heads_lost",
    "plain_row",
    "restorations",
    "row_body",
    "row_hash",
    "sign",
    "signature_holds",
]
FORMAT = 2  # of the hashed body; a row written under another one is hashed under that one for ever


class Entry(Frozen):
    """Something to be recorded. `data` is JSON, amounts as strings; `actor` a person's id or `breakwater`.

    `at` is business time, `written_at` the wall's. `proof` says how the actor was known, `request` by which
    request it came; `content` is the digest of controls and policy in force, `code` the version that ran.
    """

    id: str
    at: Moment
    environment: Environment
    kind: str
    actor: str
    role: str = ""
    incident_id: str | None = None
    data: dict[str, Any] = {}
    written_at: Moment | None = None
    proof: dict[str, Any] = {}
    request: str = ""
    content: str = ""
    code: str = ""


class Row(Entry):
    """An entry in its place in the chain; `format` says over what its hash is taken."""

    seq: int
    prev_hash: str
    hash: str
    format: int = FORMAT


class Head(Frozen):
    """The end of the chain at a moment."""

    seq: int = 0
    hash: str = GENESIS


class Anchor(Frozen):
    """A head signed with Ed25519 and kept outside the database. `key_id` is the public key, base64."""

    seq: int
    hash: str
    at: Moment
    key_id: str
    signature: str


class Restoration(Frozen):
    """A backup put back in place of what had gone on since: which row says so, who did it, and what was lost.

    `lost` are the signed heads that the ledger before had reached and this one has not.
    """

    seq: int
    at: Moment
    actor: str
    lost: tuple[Head, ...] = ()


class Flaw(Frozen):
    """The first thing wrong with a ledger: at which row, and what."""

    seq: int
    what: str


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value; raises ValueError for what JSON cannot say exactly."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from None


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def chain(head: Head, entries: Iterable[Entry]) -> tuple[list[Row], Head]:
    """Put entries behind a head; returns the rows and the new head."""
    rows = []
    for entry in entries:
        said = {**entry.model_dump(), "written_at": entry.written_at or entry.at}
        row = Row(**said, seq=head.seq + 1, prev_hash=head.hash, hash="")
        row = row.model_copy(update={"hash": row_hash(row)})
        rows.append(row)
        head = Head(seq=row.seq, hash=row.hash)
    return rows, head


def row_hash(row: Row) -> str:
    """What a row's hash must be."""
    return digest(row_body(row))


def row_body(row: Row) -> dict[str, Any]:
    """What a row's hash is taken over."""
    body = row.model_dump(mode="json", include={*HASHED.get(row.format, HASHED[FORMAT]), "format"})
    times = {name: getattr(row, name) for name in ("at", "written_at") if name in body}
    return {**body, **{name: at.isoformat() if at else None for name, at in times.items()}}


def plain_row(row: Row) -> dict[str, Any]:
    """A row as plain JSON, with its times as they are hashed."""
    return {**row_body(row), "hash": row.hash}


def sign(head: Head, at: datetime, key: Ed25519PrivateKey) -> Anchor:
    """Sign a head, to be kept where the database's owner cannot reach."""
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    unsigned = Anchor(seq=head.seq, hash=head.hash, at=at, key_id=public, signature="")
    signature = base64.b64encode(key.sign(_signed_part(unsigned))).decode()
    return unsigned.model_copy(update={"signature": signature})


def signature_holds(anchor: Anchor) -> bool:
    """Whether an anchor's signature is by the key it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(anchor.key_id, validate=True))
        key.verify(base64.b64decode(anchor.signature, validate=True), _signed_part(anchor))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_part(anchor: Anchor) -> bytes:
    return canonical({"seq": anchor.seq, "hash": anchor.hash, "at": anchor.at.isoformat()})


def find_flaw(
    rows: Sequence[Row], anchors: Iterable[Anchor] = (), trusted_key: str | None = None
) -> Flaw | None:
    """Rehash everything and compare with the anchors; None when nothing is wrong.

    Finds edited, inserted, removed and reordered rows by the chain alone; a cut tail, a fork and a
    rewritten history by the anchors, those aside that a restored ledger itself says it has lost.
    `trusted_key` is the base64 public key that anchors must bear.
    """
    plain = [plain_row(row) for row in rows]
    trusted = None if trusted_key is None else frozenset((trusted_key,))
    heads = [anchor.model_dump(mode="json") for anchor in anchors]
    found = chain_flaw(plain) or anchors_flaw(plain, heads, trusted)
    return Flaw(seq=found.seq, what=found.what) if found else None


def restorations(rows: Iterable[Row]) -> list[Restoration]:
    """Where backups were put back, oldest first."""
    return [
        Restoration(seq=row.seq, at=row.at, actor=row.actor, lost=row.data.get("lost") or ())
        for row in rows
        if row.kind == RESTORED and row.incident_id is None
    ]


def heads_lost(rows: Iterable[Row], anchors: Iterable[Anchor]) -> list[Head]:
    """The signed heads that these rows do not have: what was anchored, and a backup knows nothing of."""
    hashes = {row.seq: row.hash for row in rows}
    found = {(a.seq, a.hash) for a in anchors if signature_holds(a) and hashes.get(a.seq) != a.hash}
    return [Head(seq=seq, hash=value) for seq, value in sorted(found)]
