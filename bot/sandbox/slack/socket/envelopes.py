"""Envelopes as Slack writes them, and what an ack may say."""

from __future__ import annotations

import json

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.parcels import Attempt, Parcel
from bot.sandbox.slack.socket.connection import Ack


def envelope_of(parcel: Parcel, attempt: Attempt) -> Json:
    """The envelope; only events tell which retry they are, and take no payload in their ack."""
    event = parcel.kind == "events_api"
    about = {"retry_attempt": attempt.retry, "retry_reason": attempt.reason} if event else {}
    return {
        "envelope_id": attempt.envelope,
        "payload": parcel.payload,
        "type": parcel.kind,
        "accepts_response_payload": not event,
        **about,
    }


def ack_body(ack: Ack) -> str:
    """What the ack answers, as the body of an HTTP answer would say it."""
    return json.dumps(ack["payload"]) if ack.get("payload") else ""
