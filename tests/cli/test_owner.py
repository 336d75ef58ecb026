"""Somebody who owns the database rewrites history: whatever they do, both verifiers name the row.

The owner has every guard dropped and every hash recomputed, but no signing key and no file of heads.
Rules are tested under heads signed over what was forged, as if it had been forged before the first of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert

from bot.bootstrap.keys import key_id
from bot.cli.audit import every_row
from bot.domain.ledger import Anchor, Entry, Head, Row, chain, digest, plain_row, sign
from bot.domain.verifier.canon import Json
from bot.domain.verifier.command import report, sentences
from bot.domain.verifier.examine import Evidence, Flaw, examine
from bot.publishers.bundle import ledger_bundle
from bot.publishers.notary import append_anchor
from bot.store import guards
from bot.store.tables import LedgerRow
from tests.support.databases import our_engine
from tests.support.world import USDT, World, opened

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY_ID = key_id(KEY)
Forge = Callable[[list[Row]], list[Row]]


@dataclass
class History:
    """A whole reopening under two people, with heads signed on the way."""

    world: World
    url: str
    anchors: Path
    rows: list[Row]

    def rewrite(self, rows: list[Row]) -> None:
        """What the database's owner can do."""
        engine = our_engine(self.url)
        with engine.begin() as connection:
            for name in guards.NAMES[engine.dialect.name]:
                on = "" if engine.dialect.name == "sqlite" else f" ON {guards.table_of(name)}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
            connection.execute(delete(LedgerRow))
            if rows:
                times = [{"at": r.at, "written_at": r.written_at} for r in rows]
                plain = [r.model_dump(mode="json") | t for r, t in zip(rows, times, strict=True)]
                connection.execute(insert(LedgerRow), plain)
        engine.dispose()

    async def live(self) -> Flaw | None:
        """What `breakwater audit verify` examines."""
        rows = await every_row(self.world.ctx.store)
        lines = [json.loads(line) for line in self.anchors.read_text().splitlines()]
        async with self.world.ctx.store.read() as tx:
            contents = await tx.keepsakes.kept()
        trusted = frozenset((KEY_ID,))
        return examine(Evidence([plain_row(r) for r in rows], lines, contents=contents, trusted=trusted))

    async def alone(self, folder: Path) -> tuple[int, Json]:
        """What the bundle's own verifier says, where nothing is installed."""
        await ledger_bundle(self.world.ctx, folder, self.anchors, {"current": KEY_ID})
        return verified(folder)


def verified(folder: Path, *more: str) -> tuple[int, Json]:
    """Run the bundle's verifier on a Python without packages; its status and what it says."""
    done = subprocess.run(  # noqa: S603 - the verifier under test
        [sys.executable, "-I", "-S", str(folder / "verify.py"), "--json", *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
async def history(any_url: str, tmp_path: Path) -> AsyncIterator[History]:
    async for world in opened(any_url):
        yield await lived(world, any_url, tmp_path / "anchors.jsonl")


async def lived(world: World, url: str, anchors: Path) -> History:
    async def anchored() -> None:
        async with world.ctx.store.read() as tx:
            append_anchor(anchors, sign(await tx.ledger.head(), world.clock.wall(), KEY))

    plan = await world.reopening()
    await anchored()
    await world.climbed(plan)
    await world.pass_time(minutes=10)
    await anchored()
    return History(world, url, anchors, await world.rows())


def rechained(rows: list[Row]) -> list[Row]:
    """The rows written anew, with every hash recomputed."""
    plain = [Entry(**r.model_dump(include=set(Entry.model_fields))) for r in rows]
    return chain(Head(), plain)[0]


def at(rows: list[Row], kind: str, number: int = 0) -> int:
    """Where a row of a kind stands."""
    return [i for i, row in enumerate(rows) if row.kind == kind][number]


def changed(rows: list[Row], where: int, **changes: Any) -> list[Row]:
    """One row with other members; those of `data` are merged."""
    changes["data"] = rows[where].data | changes.get("data", {})
    return [*rows[:where], rows[where].model_copy(update=changes), *rows[where + 1 :]]


def without(rows: list[Row], where: int) -> list[Row]:
    return [*rows[:where], *rows[where + 1 :]]


def moved(rows: list[Row], where: int, to: int) -> list[Row]:
    left = without(rows, where)
    return [*left[:to], rows[where], *left[to:]]


def early(rows: list[Row]) -> list[Row]:
    """The first effect stands before its reason."""
    return moved(rows, at(rows, "actuation.intended"), at(rows, "mode.decided"))


def by_the_proposer(rows: list[Row]) -> list[Row]:
    proposer = rows[at(rows, "proposal.made")].actor
    return changed(rows, at(rows, "proposal.approved"), actor=proposer)


def swapped(rows: list[Row]) -> list[Row]:
    made, approved = at(rows, "proposal.made"), at(rows, "proposal.approved")
    one, other = rows[made].actor, rows[approved].actor
    return changed(changed(rows, made, actor=other), approved, actor=one)


def unapproved(rows: list[Row]) -> list[Row]:
    return without(rows, at(rows, "proposal.approved"))


def backdated(rows: list[Row]) -> list[Row]:
    where = len(rows) - 1
    before = {n: getattr(rows[where], n) - timedelta(hours=2) for n in ("at", "written_at")}
    return changed(rows, where, **before)


def inserted(rows: list[Row]) -> list[Row]:
    note = rows[5].model_copy(update={"id": "rec_slipped_in", "kind": "note"})
    return [*rows[:6], note, *rows[6:]]


def rewritten(rows: list[Row]) -> list[Row]:
    return changed(rows, at(rows, "mode.decided"), data={"justification": "It was Carol's idea"})


FORGERIES: dict[str, Forge] = {
    "a cut tail": lambda rows: rows[:-3],
    "a fork": lambda rows: rechained([*rows[:20], *reversed(rows[20:])]),
    "back-dating": lambda rows: rechained(backdated(rows)),
    "an edit": rewritten,
    "a rewrite": lambda rows: rechained(rewritten(rows)),
    "a lost row": lambda rows: without(rows, 7),
    "a lost row, renumbered": lambda rows: rechained(without(rows, 7)),
    "another order": lambda rows: rechained(moved(rows, 9, 4)),
    "a row slipped in": lambda rows: rechained(inserted(rows)),
    "swapped actors": lambda rows: rechained(swapped(rows)),
    "an effect before its reason": lambda rows: rechained(early(rows)),
    "an approval by the proposer": lambda rows: rechained(by_the_proposer(rows)),
    "a missing approval": lambda rows: rechained(unapproved(rows)),
    "nothing left": lambda _: [],
}


async def test_whatever_the_databases_owner_does_both_verifiers_name_a_row(
    history: History, tmp_path: Path
) -> None:
    assert await history.live() is None
    status, told = await history.alone(tmp_path / "honest")
    assert (status, told["flaw"], told["rows"]) == (0, None, len(history.rows))
    found = {}
    for what, forge in FORGERIES.items():
        history.rewrite(forge(history.rows))
        live = await history.live()
        status, told = await history.alone(tmp_path / what)
        found[what] = (live is not None and live.seq > 0, status, told["flaw"] == (live and live._asdict()))
    assert {what: f for what, f in found.items() if f != (True, 1, True)} == {}


# --- rules, where no head can tell


def shown_otherwise(rows: list[Row], **changes: Any) -> list[Row]:
    """The proposal shows something else, and its hash fits."""
    made, approved = at(rows, "proposal.made"), at(rows, "proposal.approved")
    shown = rows[made].data["shown"] | changes
    rows = changed(rows, made, data={"shown": shown, "hash": digest(shown)})
    return changed(rows, approved, data={"hash": digest(shown)})


def out_of_a_suspension(rows: list[Row]) -> list[Row]:
    first, *rest = rows[at(rows, "proposal.made")].data["shown"]["moves"]
    return shown_otherwise(rows, moves=[first | {"suspended": True}, *rest])


def expired(rows: list[Row]) -> list[Row]:
    soon = rows[at(rows, "proposal.made")].at.isoformat()
    where = at(rows, "proposal.approved")
    late = {n: getattr(rows[where], n) + timedelta(seconds=90) for n in ("at", "written_at")}
    return changed(shown_otherwise(rows, expires_at=soon), where, **late)


def another_hash(rows: list[Row]) -> list[Row]:
    return changed(rows, at(rows, "proposal.approved"), data={"hash": "0" * 64})


def not_as_shown(rows: list[Row]) -> list[Row]:
    return changed(rows, at(rows, "proposal.made"), data={"shown": {}})


def not_part_of_it(rows: list[Row]) -> list[Row]:
    moves = rows[at(rows, "proposal.made")].data["shown"]["moves"]
    kept = [m for m in moves if m["control_id"] != USDT]
    assert len(kept) == len(moves) - 1
    return shown_otherwise(rows, moves=kept)


def loosened_by_one(rows: list[Row]) -> list[Row]:
    """What was released by two is decided by one."""
    where = at(rows, "plan.stage_begun")
    one = {"kind": "control.decided", "actor": "bob", "data": {"justification": "It is calm again"}}
    return changed(rows, where, **one)


def nobody_decided(rows: list[Row]) -> list[Row]:
    return changed(rows, at(rows, "mode.decided"), actor="breakwater")


def without_a_reason(rows: list[Row]) -> list[Row]:
    return changed(rows, at(rows, "mode.decided"), data={"justification": ""})


def set_twice(rows: list[Row]) -> list[Row]:
    where = at(rows, "actuation.intended")
    again = rows[where].model_copy(update={"id": "rec_again"})
    return [*rows[: where + 1], again, *rows[where + 1 :]]


def unintended(rows: list[Row]) -> list[Row]:
    return without(rows, at(rows, "actuation.intended"))


def unentitled(rows: list[Row]) -> list[Row]:
    roles = {"proposer": "support_lead", "approver": "comms_owner"}
    return changed(rows, at(rows, "proposal.approved"), data={"roles": roles})


def ended_before(rows: list[Row]) -> list[Row]:
    begun = rows[at(rows, "plan.stage_begun")]
    data = {"plan": begun.data["plan"], "reason": "relapse"}
    end = begun.model_copy(update={"id": "rec_end", "kind": "plan.ended", "data": data})
    where = at(rows, "plan.stage_begun") + 1
    return [*rows[:where], end, *rows[where:]]


def looser_than_decided(rows: list[Row]) -> list[Row]:
    where = next(
        i for i, r in enumerate(rows) if r.kind == "actuation.intended" and r.data["control"] == USDT
    )
    return changed(rows, where, data={"level": "tightened"})


def misdated(rows: list[Row]) -> list[Row]:
    """It bears a time of its own, and was written when it was."""
    return changed(rows, 3, at=rows[3].at - timedelta(days=2))


def overridden(rows: list[Row], **changes: Any) -> list[Row]:
    """The proposer breaks the glass past the second person."""
    rows = by_the_proposer(rows)
    approved = at(rows, "proposal.approved")
    data = {"proposal": rows[approved].data["proposal"], "justification": "Nobody answers", "past": "it"}
    about = {"id": "rec_glass", "kind": "override.used", "data": data | changes}
    glass = rows[approved].model_copy(update=about)
    rows = changed(rows, approved, proof={"via": "slack", "override": "rec_glass"})
    return [*rows[:approved], glass, *rows[approved:]]


SECOND, REASON = "second person", "reason before effect"
BROKEN: dict[str, tuple[Forge, str, str]] = {
    "an effect before its reason": (early, REASON, "which no earlier row decides"),
    "an approval by the proposer": (by_the_proposer, SECOND, "is approved by bob, and bob proposed it"),
    "an override of something else": (
        lambda rows: overridden(rows, proposal="prop_0"),
        SECOND,
        "is approved by bob, and bob proposed it",
    ),
    "a missing approval": (unapproved, SECOND, "begins without an approval"),
    "swapped actors": (swapped, SECOND, "names bob as its proposer"),
    "another hash": (another_hash, SECOND, "something else than what"),
    "another text": (not_as_shown, SECOND, "is not what its hash is of"),
    "an approval that came too late": (expired, SECOND, "had expired"),
    "no executive": (out_of_a_suspension, SECOND, "without an executive"),
    "two who may not": (unentitled, SECOND, "support_lead and comms_owner"),
    "more than was approved": (not_part_of_it, SECOND, "was never part of"),
    "loosened by one": (loosened_by_one, SECOND, "which nobody else approved"),
    "a release that had ended": (ended_before, SECOND, "had ended"),
    "nobody decided": (nobody_decided, REASON, "by nobody"),
    "no reason": (without_a_reason, REASON, "without a justification"),
    "set twice": (set_twice, REASON, "is set twice as generation 1"),
    "set without an intent": (unintended, REASON, "before that was intended"),
    "looser than decided": (looser_than_decided, REASON, "looser than"),
    "back-dated": (backdated, "time", "is back-dated"),
    "of another day": (misdated, "time", "says it is of"),
}


async def test_what_was_forged_before_it_was_anchored_breaks_a_rule_that_is_named(
    sqlite_url: str, tmp_path: Path
) -> None:
    async for world in opened(sqlite_url):
        history = await lived(world, sqlite_url, tmp_path / "anchors.jsonl")
    async with world.ctx.store.read() as tx:
        contents = await tx.keepsakes.kept()
    wrong = {}
    for what, (forge, rule, words) in BROKEN.items():
        rows = rechained(forge(history.rows))
        heads = [after_the_fact(rows).model_dump(mode="json")]
        flaw = examine(Evidence([plain_row(r) for r in rows], heads, contents=contents))
        if flaw is None or flaw.rule != rule or words not in flaw.what or not flaw.id:
            wrong[what] = flaw
    assert wrong == {}


async def test_an_override_stands_in_for_the_second_person_and_is_told(
    sqlite_url: str, tmp_path: Path
) -> None:
    async for world in opened(sqlite_url):
        history = await lived(world, sqlite_url, tmp_path / "anchors.jsonl")
    found = Evidence([plain_row(row) for row in rechained(overridden(history.rows))])
    flaw = examine(found)
    assert flaw is None
    assert sentences(report(found, flaw))[-1].endswith("bob broke the glass past it; not reviewed.")


@pytest.mark.parametrize("what", ["a missing approval", "looser than decided"])
async def test_the_bundles_own_verifier_replays_the_rules(sqlite_url: str, tmp_path: Path, what: str) -> None:
    forge, rule, words = BROKEN[what]
    async for world in opened(sqlite_url):
        history = await lived(world, sqlite_url, tmp_path / "anchors.jsonl")
        rows = rechained(forge(history.rows))
        history.rewrite(rows)
        history.anchors.unlink()
        append_anchor(history.anchors, after_the_fact(rows))
        status, told = await history.alone(tmp_path / "bundle")
        assert (status, told["flaw"]["rule"]) == (1, rule)
        assert words in told["flaw"]["what"]


def after_the_fact(rows: list[Row]) -> Anchor:
    """A head signed by the real key once all of this was written."""
    return sign(Head(seq=rows[-1].seq, hash=rows[-1].hash), rows[-2].written_at or rows[-2].at, KEY)
