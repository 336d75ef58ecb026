"""The ledger proves itself: whatever is done to its rows shows, in the chain or against an anchor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.base import Environment
from bot.domain.ledger import (
    GENESIS,
    RESTORED,
    Anchor,
    Entry,
    Head,
    Row,
    canonical,
    chain,
    digest,
    find_flaw,
    heads_lost,
    restorations,
    row_hash,
    sign,
    signature_holds,
)
from tests.domain.builders import NOW

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
TRUSTED = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()

words = st.text(st.characters(codec="utf-8"), max_size=12)
facts = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
entries = st.builds(
    Entry,
    id=words,
    at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy wants naive bounds
    environment=st.sampled_from(Environment),
    kind=words,
    actor=words,
    role=words,
    incident_id=st.none() | words,
    data=st.dictionaries(words, facts, max_size=3),
)
ledgers = st.lists(entries, min_size=2, max_size=8).map(lambda found: chain(Head(), found)[0])


def entry(entry_id: str, **data: Any) -> Entry:
    return Entry(id=entry_id, at=NOW, environment=Environment.LIVE, kind="note", actor="alice", data=data)


def ledger(count: int) -> list[Row]:
    return chain(Head(), [entry(f"e{i}", amount=str(i)) for i in range(count)])[0]


def anchor(rows: list[Row], seq: int, key: Ed25519PrivateKey = KEY) -> Anchor:
    return sign(Head(seq=seq, hash=rows[seq - 1].hash), NOW, key)


def rechained(rows: list[Row], **changed: Any) -> list[Row]:
    """The rows as somebody with the database in hand would write them anew, every hash fitting."""
    plain = [Entry.model_validate(r.model_dump(exclude={"seq", "prev_hash", "hash", "format"})) for r in rows]
    return chain(Head(), [plain[0].model_copy(update=changed), *plain[1:]])[0]


# --- what holds ------------------------------------------------------------------------------------------


@given(ledgers, st.data())
def test_an_honest_ledger_is_flawless_against_any_of_its_anchors(
    rows: list[Row], data: st.DataObject
) -> None:
    seqs = data.draw(st.lists(st.integers(1, len(rows))))
    assert find_flaw(rows, [anchor(rows, seq) for seq in seqs], TRUSTED) is None


@given(ledgers, st.integers(0, 8))
def test_a_ledger_written_in_two_transactions_is_the_one_written_in_one(rows: list[Row], cut: int) -> None:
    plain = [Entry.model_validate(r.model_dump(exclude={"seq", "prev_hash", "hash", "format"})) for r in rows]
    first, head = chain(Head(), plain[:cut])
    second, _ = chain(head, plain[cut:])
    assert first + second == rows


@given(ledgers)
def test_rows_keep_their_hash_through_storage(rows: list[Row]) -> None:
    read_back = [Row.model_validate_json(row.model_dump_json()) for row in rows]
    assert read_back == rows
    assert find_flaw(read_back) is None


def test_nothing_is_a_ledger_too() -> None:
    assert find_flaw([]) is None
    assert chain(Head(), []) == ([], Head(seq=0, hash=GENESIS))


# --- what the chain alone finds --------------------------------------------------------------------------

EDITS: dict[str, Any] = {
    "id": "forged",
    "at": NOW - timedelta(days=4000),
    "environment": None,
    "kind": "forged",
    "actor": "mallory of the forgers",
    "role": "forger",
    "incident_id": "INC-forged",
    "data": {"forged": "yes"},
    "seq": 99,
    "prev_hash": "f" * 64,
    "hash": "f" * 64,
    "format": 1,
    "written_at": NOW - timedelta(days=4000),
    "proof": {"via": "forged"},
    "request": "forged",
    "content": "f" * 64,
    "code": "forged",
}


def test_every_field_of_a_row_is_edited_below() -> None:
    assert set(EDITS) == set(Row.model_fields)


@pytest.mark.parametrize("field", EDITS)
@given(rows=ledgers, data=st.data())
def test_an_edit_of_any_field_of_any_row_is_found(field: str, rows: list[Row], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    forged = EDITS[field]
    if field == "environment":
        forged = next(e for e in Environment if e is not rows[at].environment)
    rows[at] = rows[at].model_copy(update={field: forged})
    flaw = find_flaw(rows)
    assert flaw is not None
    assert flaw.seq == at + 1


@given(ledgers, st.data())
def test_an_edit_whose_own_hash_was_made_to_fit_is_found_at_the_next_row(
    rows: list[Row], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 2))
    edited = rows[at].model_copy(update={"data": {"forged": "yes"}})
    rows[at] = edited.model_copy(update={"hash": row_hash(edited)})
    flaw = find_flaw(rows)
    assert flaw is not None
    assert flaw.seq == at + 2
    assert "does not follow" in flaw.what


@given(ledgers, st.data())
def test_a_removed_row_is_found(rows: list[Row], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 2))
    del rows[at]
    flaw = find_flaw(rows)
    assert flaw is not None
    assert flaw.what == f"row {at + 1} is missing or out of place (found {at + 2})"


@given(ledgers, st.data(), st.booleans())
def test_an_inserted_row_is_found_even_when_its_own_hash_fits(
    rows: list[Row],
    data: st.DataObject,
    renumbered: bool,
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    head = Head(seq=at, hash=rows[at - 1].hash if at else GENESIS)
    (extra,), _ = chain(head, [entry("slipped in")])
    later = rows[at:]
    if renumbered:
        later = [row.model_copy(update={"seq": row.seq + 1}) for row in later]
    flaw = find_flaw([*rows[:at], extra, *later])
    assert flaw is not None
    assert flaw.seq == at + 2


@given(ledgers, st.data())
def test_rows_in_another_order_are_found_renumbered_or_not(rows: list[Row], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))).filter(lambda o: o != list(range(len(rows)))))
    shuffled = [rows[i] for i in order]
    assert find_flaw(shuffled) is not None
    assert find_flaw([row.model_copy(update={"seq": i + 1}) for i, row in enumerate(shuffled)]) is not None


def test_a_ledger_that_does_not_begin_at_its_beginning_is_found() -> None:
    rows = ledger(4)
    assert find_flaw(rows[2:]) is not None
    grown, _ = chain(Head(seq=0, hash="a" * 64), [entry("x")])
    assert find_flaw(grown) is not None


# --- what anchors find -----------------------------------------------------------------------------------


@given(ledgers, st.data())
def test_a_cut_tail_is_found_against_an_anchored_head(rows: list[Row], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(rows) - 1))
    anchored = anchor(rows, len(rows))
    assert find_flaw(rows[:kept]) is None
    flaw = find_flaw(rows[:kept], [anchored], TRUSTED)
    assert flaw is not None
    assert flaw.what == f"the tail is cut: rows {kept + 1} to {len(rows)} are gone"


@given(ledgers, st.data())
def test_a_fork_is_found_against_an_anchor_beyond_it(rows: list[Row], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(rows) - 1))
    anchored = anchor(rows, data.draw(st.integers(kept + 1, len(rows))))
    head = Head(seq=kept, hash=rows[kept - 1].hash if kept else GENESIS)
    fork, _ = chain(head, [entry(f"instead {i}") for i in range(len(rows) - kept)])
    forked = [*rows[:kept], *fork]
    assert find_flaw(forked) is None
    flaw = find_flaw(forked, [anchored], TRUSTED)
    assert flaw is not None
    assert "a fork or a rewrite" in flaw.what


@given(ledgers, st.data())
def test_a_history_rewritten_from_the_start_is_found_against_any_anchor(
    rows: list[Row], data: st.DataObject
) -> None:
    anchored = anchor(rows, data.draw(st.integers(1, len(rows))))
    rewritten = rechained(rows, actor="mallory of the forgers")
    assert find_flaw(rewritten) is None
    flaw = find_flaw(rewritten, [anchored], TRUSTED)
    assert flaw is not None
    assert flaw.seq == anchored.seq


def test_a_back_dated_row_is_found() -> None:
    rows = ledger(3)
    anchored = anchor(rows, 3)
    assert find_flaw(rechained(rows, at=NOW - timedelta(days=1)), [anchored], TRUSTED) is not None


def test_the_first_anchor_that_does_not_fit_is_named_whatever_their_order() -> None:
    rows = ledger(5)
    anchors = [anchor(rows, seq) for seq in (5, 1, 3)]
    flaw = find_flaw(rechained(rows, kind="forged"), anchors, TRUSTED)
    assert flaw is not None
    assert flaw.seq == 1


def test_an_anchor_of_another_key_is_not_believed() -> None:
    rows = ledger(3)
    flaw = find_flaw(rows, [anchor(rows, 3, OTHER_KEY)], TRUSTED)
    assert flaw is not None
    assert "not signed by the ledger's key" in flaw.what


@pytest.mark.parametrize(
    "forgery",
    [
        {"seq": 2},
        {"seq": -1},
        {"seq": 2**60},
        {"hash": "f" * 64},
        {"at": NOW + timedelta(seconds=1)},
        {"key_id": base64.b64encode(OTHER_KEY.public_key().public_bytes_raw()).decode()},
        {"key_id": "no key"},
        {"key_id": ""},
        {"signature": ""},
        {"signature": "?"},
        {"signature": base64.b64encode(b"s" * 64).decode()},
    ],
    ids=str,
)
def test_an_anchor_changed_in_any_way_no_longer_holds(forgery: dict[str, Any]) -> None:
    rows = ledger(3)
    forged = anchor(rows, 3).model_copy(update=forgery)
    assert not signature_holds(forged)
    assert find_flaw(rows, [forged]) is not None


def test_an_anchor_of_a_row_that_cannot_exist_is_a_flaw_and_no_crash() -> None:
    rows = ledger(2)
    assert find_flaw(rows, [sign(Head(seq=-1, hash="f" * 64), NOW, KEY)], TRUSTED) is not None


def test_an_anchor_holds_after_it_was_kept_in_a_file() -> None:
    anchored = sign(Head(seq=7, hash="a" * 64), NOW.astimezone(timezone(timedelta(hours=5, minutes=30))), KEY)
    kept = Anchor.model_validate_json(anchored.model_dump_json())
    assert kept == anchored
    assert signature_holds(kept)
    assert kept.key_id == TRUSTED


# --- canonical form --------------------------------------------------------------------------------------


def test_canonical_json_sorts_keys_and_leaves_no_room() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [Decimal("1.10"), 2**53, float("nan"), float("inf"), "\ud800", b"bytes", {1: "key"}, NOW],
    ids=repr,
)
def test_what_json_cannot_say_exactly_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not canonical JSON"):
        canonical({"v": value})


def test_amounts_enter_the_hash_as_strings_with_every_digit() -> None:
    amount = "123456789012345678901234567890.10"
    (kept,), _ = chain(Head(), [entry("e", amount=Decimal(amount))])
    (written,), _ = chain(Head(), [entry("e", amount=amount)])
    assert kept.hash == written.hash
    (shorter,), _ = chain(Head(), [entry("e", amount=amount[:-1])])
    assert shorter.hash != written.hash


def test_a_moment_without_a_zone_does_not_enter_the_ledger() -> None:
    with pytest.raises(ValidationError):
        Entry(id="e", at=NOW.replace(tzinfo=None), environment=Environment.LIVE, kind="note", actor="alice")


def test_the_same_moment_written_in_another_zone_has_the_same_hash() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    here, there = (entry("e").model_dump() | {"at": at} for at in (NOW, east))
    assert chain(Head(), [Entry.model_validate(here)]) == chain(Head(), [Entry.model_validate(there)])


# --- a backup that was put back --------------------------------------------------------------------------


def restored(kept: list[Row], lost: list[Head], **changed: Any) -> list[Row]:
    """The rows of a backup and, behind them, the row that says so."""
    data = {"lost": [one.model_dump() for one in lost]}
    end = Head(seq=kept[-1].seq, hash=kept[-1].hash)
    last = entry("restored").model_copy(
        update={"kind": RESTORED, "actor": "os:root", "data": data, **changed}
    )
    return [*kept, *chain(end, [last])[0]]


@given(ledgers, st.data())
def test_what_a_restored_ledger_says_it_has_lost_is_no_flaw_and_is_told(
    rows: list[Row], data: st.DataObject
) -> None:
    kept = data.draw(st.integers(1, len(rows) - 1))
    anchors = [anchor(rows, seq) for seq in range(1, len(rows) + 1)]
    lost = heads_lost(rows[:kept], anchors)
    assert [head.seq for head in lost] == list(range(kept + 1, len(rows) + 1))
    found = restored(rows[:kept], lost)
    assert find_flaw(found, anchors, TRUSTED) is None
    (told,) = [made for made in restorations(found) if made.seq == kept + 1]
    assert (told.actor, list(told.lost)) == ("os:root", lost)


def test_a_head_that_the_restoration_does_not_name_is_a_flaw_as_ever() -> None:
    rows = ledger(6)
    named = restored(rows[:3], [Head(seq=5, hash=rows[4].hash)])
    assert find_flaw(named, [anchor(rows, 5)], TRUSTED) is None
    assert find_flaw(named, [anchor(rows, 5), anchor(rows, 6)], TRUSTED) is not None
    assert find_flaw(named, [anchor(rows, 4)], TRUSTED) is not None


def test_an_incidents_row_about_it_excuses_nothing() -> None:
    rows = ledger(6)
    found = restored(rows[:3], [Head(seq=5, hash=rows[4].hash)], incident_id="INC-1")
    assert restorations(found) == []
    assert find_flaw(found, [anchor(rows, 5)], TRUSTED) is not None
