"""`GET /sandbox/stream`: everything that changes in the workspace, as server-sent events, for all persons.

A first frame `snapshot` has people, channels, modals and Home tabs; messages are asked for by channel. After
it come `message`, `channel`, `modal`, `home` and `people`, each with the newest state of one thing. A frame's
id is `epoch-number`; whoever comes back with one (Last-Event-ID, or `?after=`) gets what changed since.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.sandbox.slack.changes import Key
from bot.sandbox.slack.driver import reading
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import find_message
from bot.sandbox.slack.modals import current_modal, view_json
from bot.sandbox.slack.model import Json

HEARTBEAT = 10.0
GATHER = 0.01


def stream_endpoint(desk: Desk) -> Callable[[Request], Response]:
    """The endpoint for this desk."""

    def endpoint(request: Request) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return StreamingResponse(_frames(desk, after), media_type="text/event-stream")

    return endpoint


async def _frames(desk: Desk, after: str) -> AsyncIterator[str]:
    changes = desk.workspace.changes
    epoch, _, given = after.partition("-")
    number = changes.number
    if epoch == changes.epoch and given.isdigit() and int(given) <= changes.number:
        number = int(given)
    else:
        yield _frame(desk, number, "snapshot", _snapshot(desk))
    while True:
        if not await changes.wait(number, HEARTBEAT):
            yield ": still here\n\n"
            continue
        await asyncio.sleep(GATHER)
        for last, key in changes.since(number):
            yield _frame(desk, last, key[0], _shown(desk, key))
            number = last


def history(desk: Desk, query: reading.Query) -> Json:
    """`?channel=&limit=`: a conversation's newest messages, answers in threads and private ones too."""
    channel = desk.workspace.channel_called(query.get("channel", ""))
    limit = int(query.get("limit", reading.LATEST))
    found = sorted([*channel.messages.values(), *channel.ephemerals], key=lambda m: m.ts)[-limit:]
    shown = [reading.shown_message(desk.workspace, channel, message) for message in found]
    return {"ok": True, "number": desk.workspace.changes.number, "messages": shown}


def _frame(desk: Desk, number: int, event: str, data: Json) -> str:
    body = json.dumps(data, separators=(",", ":"))
    return f"id: {desk.workspace.changes.epoch}-{number}\nevent: {event}\ndata: {body}\n\n"


def _snapshot(desk: Desk) -> Json:
    workspace = desk.workspace
    return {
        "epoch": workspace.changes.epoch,
        "number": workspace.changes.number,
        "app": reading.app(desk, {}),
        **_people(desk),
        "channels": [_channel(desk, channel) for channel in workspace.channels],
        "modals": [_modal(desk, user) for user in workspace.stacks],
        "homes": [_home(desk, user) for user in workspace.homes],
    }


def _shown(desk: Desk, key: Key) -> Json:
    kind, place, item = key
    if kind == "message":
        return _message(desk, place, item)
    if kind == "people":
        return _people(desk)
    return {"channel": _channel, "modal": _modal, "home": _home}[kind](desk, place)


def _message(desk: Desk, channel_id: str, ts: str) -> Json:
    channel = desk.workspace.channels[channel_id]
    private = next((m.ephemeral_to for m in channel.ephemerals if m.ts == ts), None)
    try:
        found = find_message(channel, ts, private)
    except SlackError:
        return {"channel": channel_id, "ts": ts, "message": None}
    return {"channel": channel_id, "ts": ts, "message": reading.shown_message(desk.workspace, channel, found)}


def _channel(desk: Desk, channel_id: str) -> Json:
    return reading.shown_channel(desk.workspace, desk.workspace.channels[channel_id])


def _modal(desk: Desk, user: str) -> Json:
    view = current_modal(desk.workspace, user)
    depth = len(desk.workspace.stacks.get(user, []))
    return {"user": user, "view": view_json(desk.workspace, view) if view else None, "depth": depth}


def _home(desk: Desk, user: str) -> Json:
    view = desk.workspace.homes.get(user)
    return {"user": user, "view": view_json(desk.workspace, view) if view else None}


def _people(desk: Desk) -> Json:
    return {key: value for key, value in reading.people(desk, {}).items() if key != "ok"}
