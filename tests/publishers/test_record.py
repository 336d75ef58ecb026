"""The ledger taken outside: bundle and anchors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from bot.domain.incident import Incident
from bot.domain.ledger import Anchor, Row, canonical, find_flaw, signature_holds
from bot.publishers.anchors import anchor_handlers
from bot.publishers.bundle import ledger_bundle
from bot.publishers.notary import Notary, append_anchor
from bot.store.link import Link
from bot.usecases.ports import Retry
from tests.web.story import Story, job

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


async def anchored(story: Story, file: Path, incident: Incident, round_: int = 0) -> None:
    handler = anchor_handlers(story.ctx, Notary(story.ctx, KEY, file))["anchor"]
    await handler(job("anchor", f"anchor:{incident.id}:{round_}", {"incident": incident.id}))


def anchors_in(file: Path) -> list[Anchor]:
    return [Anchor.model_validate_json(line) for line in file.read_text().splitlines()]


def rows_in(file: Path) -> list[Row]:
    return [Row.model_validate_json(line) for line in file.read_text().splitlines()]


async def said_in_channel(story: Story) -> list[str]:
    """What the message of each phase is to say, by the jobs' own rows."""
    async with story.ctx.store.write() as tx:
        link: Link = tx.jobs._link  # type: ignore[attr-defined]
        rows = await link.execute(text("select payload from job where kind = 'head' order by id"))
        return [json.loads(payload)["text"] for (payload,) in rows]


async def test_a_bundle_can_be_checked_without_us(live: Story, tmp_path: Path) -> None:
    incident = await live.declared()
    await live.protected(incident)
    file = tmp_path / "anchors.jsonl"
    await anchored(live, file, incident)
    await live.classified(incident)
    manifest = await ledger_bundle(live.ctx, tmp_path / "out", file)

    rows = rows_in(tmp_path / "out" / "rows.jsonl")
    anchors = anchors_in(tmp_path / "out" / "anchors.jsonl")
    assert find_flaw(rows, anchors) is None
    assert manifest["rows"] == len(rows) == manifest["head"]["seq"]
    assert manifest["head"]["hash"] == rows[-1].hash
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest


async def test_each_line_of_the_bundle_hashes_to_what_it_says(live: Story, tmp_path: Path) -> None:
    await live.protected(await live.declared())
    await ledger_bundle(live.ctx, tmp_path)

    previous = "0" * 64
    for line in (tmp_path / "rows.jsonl").read_bytes().splitlines():
        row = json.loads(line)
        assert canonical(row) == line
        said = row.pop("hash")
        assert row["prev_hash"] == previous
        assert hashlib.sha256(canonical(row)).hexdigest() == said
        previous = said


async def test_an_empty_ledger_makes_an_empty_bundle(live: Story, tmp_path: Path) -> None:
    manifest = await ledger_bundle(live.ctx, tmp_path, tmp_path / "none.jsonl")

    assert (manifest["rows"], sorted(manifest["files"])) == (0, ["README.txt", "rows.jsonl", "verify.py"])


async def test_a_head_is_signed_into_the_file_and_said_in_the_channel(live: Story, tmp_path: Path) -> None:
    incident = await live.declared()
    file = tmp_path / "deep" / "anchors.jsonl"
    await anchored(live, file, incident)

    (anchor,) = anchors_in(file)
    async with live.ctx.store.read() as tx:
        head = await tx.ledger.head()
    assert (anchor.seq, anchor.hash) == (head.seq, head.hash)
    assert anchor.at == live.clock.wall()
    assert signature_holds(anchor)
    assert await said_in_channel(live) == [
        f"Ledger signed to row {head.seq} `{head.hash[:32]}` at {anchor.at:%H:%M} UTC"
    ]


async def test_a_phase_has_one_message_that_tells_the_newest_head(live: Story, tmp_path: Path) -> None:
    incident = await live.declared()
    file = tmp_path / "anchors.jsonl"
    await anchored(live, file, incident)
    await live.classified(incident)
    await anchored(live, file, incident)
    assert [line.split("`")[1] for line in await said_in_channel(live)] == [anchors_in(file)[-1].hash[:32]]
    assert all(signature_holds(a) for a in anchors_in(file))

    await live.protected(incident)
    await anchored(live, file, incident, round_=1)
    assert len(await said_in_channel(live)) == 2


async def test_a_cut_tail_shows_against_the_anchors(live: Story, tmp_path: Path) -> None:
    incident = await live.declared()
    file = tmp_path / "anchors.jsonl"
    await anchored(live, file, incident)
    await ledger_bundle(live.ctx, tmp_path)
    rows = rows_in(tmp_path / "rows.jsonl")

    flaw = find_flaw(rows[:-1], anchors_in(file))
    assert flaw is not None
    assert "the tail is cut" in flaw.what


async def test_a_file_that_cannot_be_written_is_tried_again(live: Story, tmp_path: Path) -> None:
    incident = await live.declared()
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(Retry, match="could not be written"):
        await anchored(live, in_the_way / "anchors.jsonl", incident)

    assert await said_in_channel(live) == []


def test_a_torn_last_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_bytes(b'{"seq":1,"ha')
    anchor = Anchor.model_validate(
        {"seq": 2, "hash": "x", "at": "2026-11-20T18:02:11Z", "key_id": "k", "signature": "s"}
    )
    append_anchor(file, anchor)
    append_anchor(file, anchor)

    torn, *whole = file.read_text().splitlines()
    assert torn == '{"seq":1,"ha'
    assert [Anchor.model_validate_json(line) for line in whole] == [anchor, anchor]
