"""Controls set and read back by lines of text over TCP or a unix socket: HAProxy's runtime API.

It takes one line, answers in text without a status, and closes the connection
(https://docs.haproxy.org/2.8/management.html#9.3). A `;` would begin a second command and a space another
argument, so neither may come in through a slot.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from bot.controls.answers import ours
from bot.controls.calling import SIZE_LIMIT, Caller, Peer, Reach
from bot.controls.filling import Facts, facts_of
from bot.controls.pacing import Pace
from bot.controls.probing import effect_shows
from bot.domain.adapter import LineAdapter as Spec
from bot.domain.adapter import LineCall, spoken
from bot.domain.base import format_duration
from bot.domain.control import Control, Level, Value
from bot.usecases.ports import ControlAdapter, Observation, Order, Refused, Unanswered

_SLOT = re.compile(r"\{([a-z_]+)\}")
_UNSAFE = re.compile(r"[;\\\s]|<<")
SEEN = 80


class LineAdapter(ControlAdapter):
    """One adapter for every service that is told what to do by lines of text."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._caller = Caller(reach)
        self._pace = Pace()

    async def read(self, control: Control, target: str) -> Observation:
        """What the service says now. Raises Refused or Unanswered."""
        spec = _spec(control)
        peer = self._reach.peer(spec.service)
        answer = await self._say(peer, spec.read, facts_of(control, target))
        found = re.search(spec.read.value, answer)
        if found is None or None in found.groupdict().values():
            raise peer.says(Unanswered, f"answered “{_glimpse(answer)}”, in which no setting is found")
        return Observation(value=ours(control, dict(found.groupdict()), peer))

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:  # noqa: ARG002 - a line has no place for the order
        """Send a value; raises Refused with the service's own sentence, or Unanswered."""
        spec = _spec(control)
        peer = self._reach.peer(spec.service)
        answer = await self._say(peer, spec.set, facts_of(control, target, value))
        if not re.fullmatch(spec.set.accepts, answer):
            raise peer.says(Refused, f"refused: “{_glimpse(answer)}”")

    async def probe(self, control: Control, target: str, level: Level) -> bool:
        """Whether the effect is there; True for a level nothing is expected of. Raises like `read`."""
        facts = facts_of(control, target, level.value)
        probe = _spec(control).probe
        return probe is None or await effect_shows(self._caller, probe, probe.service, facts, level)

    async def _say(self, peer: Peer, call: LineCall, facts: Facts) -> str:
        line = fill_line(call.send, facts)
        self._reach.outbound.check_other(peer.service.base_url, ("tcp",))
        limit = peer.service.timeout
        await self._pace.turn(peer)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await _exchange(peer, line)
        except TimeoutError:
            raise peer.says(Unanswered, f"gave no whole answer within {format_duration(limit)}") from None
        except ConnectionResetError:
            raise peer.says(Unanswered, "broke the connection off before it had answered") from None
        except OSError:
            raise peer.says(Unanswered, f"cannot be reached at {peer.service.base_url}") from None


def fill_line(send: str, facts: Facts) -> str:
    """The line with its slots filled. Raises Refused for a fact that would say more than it should."""

    def one(slot: re.Match[str]) -> str:
        if slot[1] not in facts:
            raise Refused(f"nothing was sent: the control has nothing to put for {{{slot[1]}}}")
        text = spoken(facts[slot[1]])
        if not text or not text.isprintable() or _UNSAFE.search(text):
            raise Refused(
                f"nothing was sent: {{{slot[1]}}} is {text!r}, and a command's word may hold no space, "
                "line break, `;` or backslash"
            )
        return text

    return _SLOT.sub(one, send)


async def _exchange(peer: Peer, line: str) -> str:
    place = urlsplit(peer.service.base_url)
    if place.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(place.path)
    else:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(f"{line}\n".encode())
        await writer.drain()
        # Our end stays open: HAProxy takes a half-closed client for one that has gone.
        body = b""
        while chunk := await reader.read(65536):
            body += chunk
            if len(body) > SIZE_LIMIT:
                raise peer.says(Unanswered, "answered with more than 1 MB and was cut off")
    finally:
        writer.close()
    if not body:  # a command that was taken is answered with an empty line
        raise peer.says(Unanswered, "ended the connection without an answer")
    return body.decode(errors="replace")


def _glimpse(answer: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in answer[:1000]).split())
    return text if len(text) <= SEEN else f"{text[: SEEN - 1]}…"


def _spec(control: Control) -> Spec:
    if not isinstance(control.adapter, Spec):
        raise TypeError(f"{control.id} is not a control by lines; its registry is built wrongly")
    return control.adapter
