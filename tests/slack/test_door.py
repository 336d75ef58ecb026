import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from bot.sandbox.slack import FOREIGN_TEAM
from tests.slack.support.world import World

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def command(**more: str) -> bytes:
    fields = {
        "command": "/incident",
        "text": "note It stands",
        "team_id": "T01SANDBOX",
        "user_id": "U01ALICE",
        "user_name": "alice",
        "channel_id": "C01GENERAL",
        "trigger_id": "1.2.3",
    }
    return urlencode({**fields, **more}).encode()


def signed(world: World, body: bytes, stamp: str | None = None, kind: str = FORM) -> dict[str, str]:
    stamp = stamp or str(int(world.clock.wall().timestamp()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(world.workspace.app.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "content-type": kind,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }


async def post(world: World, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        return await client.post(world.url, content=body, headers=raw)


async def test_only_a_fresh_signature_of_ours_is_let_in(world: World) -> None:
    body, now = command(text="declare Withdrawals fail"), int(world.clock.wall().timestamp())
    good = signed(world, body)
    foul = [
        {},
        {"content-type": FORM},
        {**good, "x-slack-signature": good["x-slack-signature"][:-1] + "é"},
        {**good, "x-slack-signature": "v0=" + "0" * 64},
        {**good, "x-slack-request-timestamp": "yesterday"},
        {**good, "x-slack-request-timestamp": "9" * 40},
        signed(world, body, str(now - 301)),
        signed(world, body, str(now + 301)),
    ]
    for headers in foul:
        answer = await post(world, body, headers)
        assert answer.status_code == 401, headers
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 401
    assert await written(world) == 0
    assert (await post(world, body, good)).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{not json", JSON, 400),
        (b'["a list"]', JSON, 400),
        (b'{"type": "event_callback"}', JSON, 400),
        (b"payload=%7Bnot+json", FORM, 400),
        (b"payload=" + b"%5B" * 100_000, FORM, 400),
        (b"\xff\xfe=\xff", FORM, 400),
        (b"<xml/>", "text/xml", 400),
        (b"text=" + b"a" * 1_000_001, FORM, 413),
    ],
)
async def test_a_signed_body_of_the_wrong_shape_is_a_problem_and_no_crash(
    world: World, body: bytes, kind: str, status: int
) -> None:
    answer = await post(world, body, signed(world, body, kind=kind))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await written(world) == 0


async def test_another_team_is_refused_and_nothing_is_written(world: World) -> None:
    assert (await world.alice.command("/incident list")).ok
    answer = await world.alice.command("/protected-mode on They want in", team_id=FOREIGN_TEAM)
    assert not answer.ok
    assert await written(world) == 0
    clicked = await world.alice.command("/incident declare Ours", "general")
    assert clicked.ok
    assert not (await world.alice.click("Declare", channel="general", team_id=FOREIGN_TEAM)).ok
    assert await written(world) == 0


async def test_events_nobody_asked_for_are_taken_so_that_slack_does_not_repeat_them(world: World) -> None:
    event = {"type": "event_callback", "team_id": "T01SANDBOX", "event": {"type": "star_added", "user": "U1"}}
    odd = {"type": "something_new", "team": {"id": "T01SANDBOX"}, "user": {"id": "U01ALICE"}}
    for payload in (event, odd):
        body = json.dumps(payload).encode()
        assert (await post(world, body, signed(world, body, kind=JSON))).status_code == 200
    challenge = json.dumps({"type": "url_verification", "challenge": "c0ffee"}).encode()
    assert "c0ffee" in (await post(world, challenge, signed(world, challenge, kind=JSON))).text


async def test_an_identical_request_sent_again_has_one_effect_and_a_sane_answer(world: World) -> None:
    await world.declared()
    body = command(text="note Northbank's desk confirms it")
    first = await post(world, body, signed(world, body))
    world.clock.advance(timedelta(seconds=10))
    again = await post(world, body, {**signed(world, body), "x-slack-retry-num": "1"})
    assert first.json()["text"] == "Noted in INC-1."
    assert "carried out already" in again.json()["text"]
    assert (await world.kinds()).count("note") == 1


async def test_a_button_or_form_of_an_older_version_is_answered_and_changes_nothing(world: World) -> None:
    await world.declared()
    person = {"id": "U01ALICE", "name": "alice", "team_id": "T01SANDBOX"}
    common = {"team": {"id": "T01SANDBOX"}, "user": person, "trigger_id": "9.9"}
    click = {
        **common,
        "type": "block_actions",
        "channel": {"id": "C01GENERAL"},
        "actions": [{"action_id": "gone/1", "block_id": "b", "value": "x", "type": "button"}],
    }
    view = {"id": "V1", "type": "modal", "callback_id": "gone", "blocks": [], "state": {"values": {}}}
    submission = {**common, "type": "view_submission", "view": view}
    before = await written(world)
    for payload in (click, submission):
        body = urlencode({"payload": json.dumps(payload)}).encode()
        assert (await post(world, body, signed(world, body))).status_code == 200
    lacking = {**common, "type": "view_submission", "view": {"callback_id": "x"}}
    bare = urlencode({"payload": json.dumps(lacking)}).encode()
    assert (await post(world, bare, signed(world, bare))).status_code == 400
    await world.drain()
    await world.alice.hears("older drawing", ever=True)
    assert await written(world) == before


async def written(world: World) -> int:
    async with world.ctx.store.read() as tx:
        return len(await tx.ledger.rows())


async def test_a_guest_of_another_workspace_in_a_shared_channel_cannot_act(world: World) -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": "T01SANDBOX"},
        "user": {"id": "U01ALICE", "team_id": FOREIGN_TEAM},
        "channel": {"id": "C01GENERAL"},
        "trigger_id": "1.2.3",
        "actions": [{"type": "button", "action_id": "declare", "block_id": "b", "value": "Withdrawals run"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    answer = await post(world, body, signed(world, body))
    assert answer.status_code == 403
    assert "another workspace" in answer.json()["detail"]
    assert await written(world) == 0
