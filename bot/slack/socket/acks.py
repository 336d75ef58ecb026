"""Acks: the answer to an envelope, in a frame that Slack takes.

Slack closes the connection over a frame of more than 20,480 bytes and sends the envelope again over the
next: https://github.com/revelrylabs/slax/pull/614
"""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.response import BoltResponse

from bot.slack.cards.forms import notice
from bot.slack.socket.frames import Envelope

FRAME_BYTES = 20_480
OK = 200
TEXT, SHORTER = 8000, 300
CUT = "\n… the rest is too long for Socket Mode; ask for less, or look in the incident's channel."
TOO_LONG = "This form is too long for Socket Mode. Nothing was changed; use the command or the card instead."
Json = dict[str, Any]


def ack(envelope: Envelope, answer: BoltResponse) -> str | None:
    """The frame; None for an answer that is a failure, so that Slack says so or sends the envelope again."""
    if answer.status != OK:
        return None
    payload = _payload(answer) if envelope.takes_answer else None
    return _fitting(envelope.id, payload)


def _payload(answer: BoltResponse) -> Json | None:
    if not answer.body:
        return None
    if "json" not in " ".join(answer.headers.get("content-type", [])):
        return {"text": answer.body}
    found = json.loads(answer.body)
    return found if isinstance(found, dict) else None


def _fitting(name: str, payload: Json | None) -> str:
    """The frame with the whole payload, else with less of it: first the fallback text, then the blocks go."""
    tries: list[Json | None] = [payload]
    if payload and "view" in payload:
        tries.append({**payload, "view": notice("Too long", TOO_LONG)})
    elif payload and "text" in payload:
        said = str(payload["text"])
        tries.append({**payload, "text": said[:SHORTER]})
        bare = {key: value for key, value in payload.items() if key != "blocks"}
        tries.append({**bare, "text": said[:TEXT] + CUT})
        tries.append({**bare, "text": said[: TEXT // 4] + CUT})
    for tried in [*tries, None]:
        frame = _frame({"envelope_id": name} | ({"payload": tried} if tried else {}))
        if len(frame.encode()) <= FRAME_BYTES:
            break
    return frame


def _frame(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
