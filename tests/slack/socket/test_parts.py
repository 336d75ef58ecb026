"""What Socket Mode is made of, each part by itself."""

import asyncio
import json

import pytest
from slack_bolt.response import BoltResponse

from bot.slack.remembered import Remembered
from bot.slack.socket.acks import FRAME_BYTES, ack
from bot.slack.socket.backoff import Backoff
from bot.slack.socket.frames import Envelope, Goodbye, Hello, read

COMMAND = Envelope("E1", "slash_commands", {}, takes_answer=True, size=2)
EVENT = Envelope("E2", "events_api", {}, takes_answer=False, size=2)


def backoff(jitter: float = 1.0) -> Backoff:
    return Backoff(lambda: jitter, first=0.25, first_slow=4, cap=30, steady=1)


def test_the_wait_doubles_up_to_its_cap() -> None:
    patient = backoff()
    waits = [patient.failed() for _ in range(10)]
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert [patient.failed() for _ in range(2000)][-1] == 30


def test_jitter_takes_up_to_half_of_the_wait_away() -> None:
    assert backoff(0.0).failed() == 0.125
    assert backoff(0.5).failed() == 0.1875


def test_haste_that_makes_it_worse_starts_at_seconds() -> None:
    hasty = backoff()
    assert [hasty.failed(slow=True) for _ in range(4)] == [4, 8, 16, 30]
    assert hasty.ended(100, slow=True) == 4


def test_what_slack_asked_for_is_kept_even_past_the_cap() -> None:
    assert backoff(0.0).failed(at_least=120) == 120
    assert backoff(1.0).failed(at_least=120) == 132


def test_a_connection_that_stood_needs_no_wait_and_one_that_did_not_does() -> None:
    steady = backoff()
    steady.failed()
    steady.failed()
    assert steady.ended(1.0) == 0
    assert steady.ended(0.9) == 0.25
    assert steady.ended(0.9) == 0.5


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"type":"hello","num_connections":3,"debug_info":{}}', Hello(3)),
        ('{"type":"hello"}', Hello(1)),
        ('{"type":"disconnect","reason":"warning"}', Goodbye("warning")),
        ('{"type":"disconnect"}', Goodbye("unknown")),
        ("Ping from applink-1", None),
        ("[1]", None),
        ("[" * 100_000, None),
        ('{"type":"events_api"}', None),
    ],
)
def test_frames_are_read_and_what_is_none_is_nothing(text: str, frame: object) -> None:
    assert read(text) == frame


def test_an_envelope_tells_its_retry_and_whether_it_takes_an_answer() -> None:
    text = json.dumps(
        {
            "type": "events_api",
            "envelope_id": "E1",
            "payload": {"event_id": "Ev1"},
            "accepts_response_payload": False,
            "retry_attempt": 2,
            "retry_reason": "timeout",
        }
    )
    wanted = Envelope("E1", "events_api", {"event_id": "Ev1"}, False, len(text), 2, "timeout")  # noqa: FBT003 - in the order of its fields
    assert read(text) == wanted


def test_an_ack_carries_the_answer_where_one_is_taken() -> None:
    said = BoltResponse(status=200, body={"text": "Noted – 5 µs"})
    assert json.loads(ack(COMMAND, said) or "") == {
        "envelope_id": "E1",
        "payload": {"text": "Noted – 5 µs"},
    }
    assert json.loads(ack(EVENT, said) or "") == {"envelope_id": "E2"}
    assert json.loads(ack(COMMAND, BoltResponse(status=200)) or "") == {"envelope_id": "E1"}
    plain = BoltResponse(status=200, body="Noted")
    assert json.loads(ack(COMMAND, plain) or "")["payload"] == {"text": "Noted"}


def test_a_failure_has_no_ack_so_that_slack_says_so() -> None:
    assert ack(COMMAND, BoltResponse(status=500)) is None
    assert ack(EVENT, BoltResponse(status=503)) is None


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def fitted(body: dict[str, object]) -> dict[str, object]:
    frame = ack(COMMAND, BoltResponse(status=200, body=body)) or ""
    assert len(frame.encode()) <= FRAME_BYTES
    payload: dict[str, object] = json.loads(frame)["payload"]
    return payload


def test_an_answer_too_long_for_a_frame_loses_its_fallback_first() -> None:
    shown = fitted({"response_type": "ephemeral", "text": "x" * 12_000, "blocks": [section("y" * 3000)] * 4})
    assert shown["blocks"] == [section("y" * 3000)] * 4
    assert shown["text"] == "x" * 300


@pytest.mark.parametrize("letter", ["x", "€", '"', "\n"])
def test_an_answer_far_too_long_is_cut_and_says_so(letter: str) -> None:
    shown = fitted(
        {"response_type": "ephemeral", "text": letter * 40_000, "blocks": [section(letter * 3000)] * 40}
    )
    assert "blocks" not in shown
    assert str(shown["text"]).endswith("look in the incident's channel.")


def test_a_form_too_long_for_a_frame_says_so_instead() -> None:
    view = {"type": "modal", "blocks": [section("y" * 3000)] * 20}
    shown = fitted({"response_action": "update", "view": view})
    assert shown["response_action"] == "update"
    assert "too long for Socket Mode" in str(shown["view"])


class Maker:
    """Makes an answer when told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Event()

    async def __call__(self) -> str:
        self.asked += 1
        await self.go.wait()
        return f"answer {self.asked}"


def always(_answer: str) -> bool:
    return True


async def test_an_answer_is_made_once_for_all_who_ask_and_kept() -> None:
    remembered, make = Remembered[str](), Maker()
    asking = [asyncio.create_task(remembered.answer("E1", make, always)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    make.go.set()
    assert [await asking[1], await asking[2]] == ["answer 1", "answer 1"]
    assert await remembered.answer("E1", make, always) == "answer 1"


async def test_an_answer_not_worth_keeping_is_made_again() -> None:
    remembered, make = Remembered[str](), Maker()
    make.go.set()
    await remembered.answer("E1", make, lambda _: False)
    assert await remembered.answer("E1", make, always) == "answer 2"


async def test_a_failure_is_not_kept() -> None:
    async def fails() -> str:
        raise ValueError

    remembered, make = Remembered[str](), Maker()
    make.go.set()
    with pytest.raises(ValueError):  # noqa: PT011 - the one raised above
        await remembered.answer("E1", fails, always)
    assert await remembered.answer("E1", make, always) == "answer 1"


async def test_only_the_newest_answers_are_kept() -> None:
    remembered, make = Remembered[str](most=2), Maker()
    make.go.set()
    for name in ("E1", "E2", "E3", "E3", "E1"):
        await remembered.answer(name, make, always)
    assert make.asked == 4
