"""Everything in one go: rows, signed heads, times and rules; the first bad row is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.verifier.canon import GENESIS, HASHED, Json, row_hash
from bot.domain.verifier.heads import anchor_fits, moment, stamp_flaw
from bot.domain.verifier.rules import RESTORED, Replay, Wrong

CHAIN, HEADS, TIME = "chain", "signed heads", "time"
SCALED = "sandbox"  # where business time may run faster than the wall's
EVER = moment("0001-01-02T00:00:00Z")
TOLERANCE = timedelta(minutes=5)  # by how much clocks of several machines may differ, and commits wait


class Flaw(NamedTuple):
    """The first thing wrong: at which row (0: at none), its entry's id, what, and against which rule."""

    seq: int
    id: str
    what: str
    rule: str


class Evidence(NamedTuple):
    """What is examined. `trusted` are the ids of the keys that heads may bear, None for whatever they name.

    `stamps` are time stamps on heads, `contents` what rows name by digest, `told` heads that somebody noted
    elsewhere, such as those in Slack: sequence number and hash.
    """

    rows: Sequence[Json]
    anchors: Sequence[Json] = ()
    stamps: Sequence[Json] = ()
    contents: dict[str, Json] = {}
    told: Sequence[tuple[int, str]] = ()
    trusted: frozenset[str] | None = None


def examine(found: Evidence) -> Flaw | None:
    """The first thing wrong, None when nothing is; chain and heads come before times and rules."""
    return (
        chain_flaw(found.rows)
        or anchors_flaw(found.rows, found.anchors, found.trusted)
        or _told_flaw(found)
        or _stamps_flaw(found)
        or time_flaw(found.rows, found.anchors)
        or _rules_flaw(found)
    )


def chain_flaw(rows: Iterable[Json]) -> Flaw | None:
    """Whether rows were changed, removed, inserted or put in another order, by the chain alone."""
    hash_ = GENESIS
    for seq, row in enumerate(rows, start=1):
        if row["seq"] != seq:
            what = f"row {seq} is missing or out of place (found {row['seq']})"
            return Flaw(seq, row["id"], what, CHAIN)
        if row["prev_hash"] != hash_:
            return Flaw(seq, row["id"], f"row {seq} does not follow row {seq - 1}", CHAIN)
        if row["format"] not in HASHED or row_hash(row) != row["hash"]:
            return Flaw(seq, row["id"], f"row {seq} was changed after it was written", CHAIN)
        hash_ = row["hash"]
    return None


def anchors_flaw(
    rows: Sequence[Json], anchors: Iterable[Json], trusted: frozenset[str] | None = None
) -> Flaw | None:
    """Whether the tail was cut, a fork taken or history rewritten, by heads that were signed.

    Those aside that a restored ledger itself says it has lost. The rows must be a chain.
    """
    lost = {(one["seq"], one["hash"]) for _, heads in restorations(rows) for one in heads}
    for anchor in sorted(anchors, key=lambda a: int(a["seq"])):
        seq, hash_ = anchor["seq"], anchor["hash"]
        if not anchor_fits(anchor) or (trusted is not None and anchor["key_id"] not in trusted):
            return Flaw(seq, "", f"the anchor of row {seq} is not signed by the ledger's key", HEADS)
        if (seq, hash_) in lost:
            continue
        if seq > len(rows):
            what = f"the tail is cut: rows {len(rows) + 1} to {seq} are gone"
            return Flaw(len(rows) + 1, "", what, HEADS)
        if hash_ != (rows[seq - 1]["hash"] if seq > 0 else GENESIS if seq == 0 else ""):
            what = f"row {seq} is not the one that was anchored: a fork or a rewrite"
            return Flaw(seq, rows[seq - 1]["id"] if seq > 0 else "", what, HEADS)
    return None


def time_flaw(rows: Sequence[Json], anchors: Iterable[Json]) -> Flaw | None:
    """Whether a row says that it was written when it cannot have been.

    That is before the rows and the heads that it follows, or after a head that knows it.
    """
    known = sorted((int(a["seq"]), moment(a["at"])) for a in anchors)
    soonest = _soonest([at for _, at in known])
    latest, at = EVER, 0
    for row in rows:
        if row["format"] == 1:
            continue
        while at < len(known) and known[at][0] < row["seq"]:
            latest = max(latest, known[at][1])
            at += 1
        what = _misdated(row, latest, soonest[at] if at < len(known) else None)
        if what:
            return Flaw(row["seq"], row["id"], f"row {row['seq']} {what}", TIME)
        latest = max(latest, moment(row["written_at"]))
    return None


def _misdated(row: Json, after: datetime, before: datetime | None) -> str:
    written = moment(row["written_at"])
    if written < after - TOLERANCE:
        return f"is back-dated to {row['written_at']}: what it follows was there at {after.isoformat()}"
    if before is not None and written > before + TOLERANCE:
        return f"is dated {row['written_at']}, and was anchored at {before.isoformat()}"
    if row["environment"] != SCALED and abs(moment(row["at"]) - written) > TOLERANCE:
        return f"says it is of {row['at']}, and was written at {row['written_at']}"
    return ""


def restorations(rows: Iterable[Json]) -> list[tuple[Json, list[Json]]]:
    """The rows that say that a backup was put back, with the signed heads that each names as lost."""
    return [
        (row, list(row["data"].get("lost") or ()))
        for row in rows
        if row["kind"] == RESTORED and row["incident_id"] is None
    ]


def _soonest(signed: list[datetime]) -> list[datetime]:
    """For each head the earliest moment at which it or a later one was signed."""
    found = list(signed)
    for index in range(len(found) - 2, -1, -1):
        found[index] = min(found[index], found[index + 1])
    return found


def _told_flaw(found: Evidence) -> Flaw | None:
    for seq, hash_ in sorted(found.told):
        if not 0 < seq <= len(found.rows):
            return Flaw(seq, "", f"row {seq} was noted elsewhere and is not here: the tail is cut", HEADS)
        if not found.rows[seq - 1]["hash"].startswith(hash_):
            what = f"row {seq} is not the one that was noted elsewhere: a fork or a rewrite"
            return Flaw(seq, found.rows[seq - 1]["id"], what, HEADS)
    return None


def _stamps_flaw(found: Evidence) -> Flaw | None:
    heads: dict[tuple[int, str], list[Json]] = {}
    for anchor in found.anchors:
        heads.setdefault((anchor["seq"], anchor["hash"]), []).append(anchor)
    for stamp in found.stamps:
        seq = int(stamp["seq"])
        what = stamp_flaw(stamp, heads.get((seq, stamp["hash"]), []), TOLERANCE)
        if what:
            return Flaw(seq, "", f"the time stamp of row {seq} {what}", HEADS)
    return None


def _rules_flaw(found: Evidence) -> Flaw | None:
    replay = Replay(found.contents)
    for row in found.rows:
        try:
            replay.take(row)
        except Wrong as wrong:
            return Flaw(row["seq"], row["id"], f"row {row['seq']}: {wrong}", wrong.rule)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"row {row['seq']} lacks what a {row['kind']} says ({type(error).__name__}: {error})"
            return Flaw(row["seq"], row["id"], what, "shape")
    return None
