"""Controls set and read back over HTTP, as their YAML describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.controls.answers import accept, etag_of, holds_true, value_of
from bot.controls.calling import Answer, Caller, Reach, Request
from bot.controls.filling import Facts, facts_of, fill_body, fill_path, order_headers
from bot.domain.adapter import HttpAdapter as Spec
from bot.domain.adapter import HttpCall
from bot.domain.control import Control, Level, Value
from bot.usecases.ports import ControlAdapter, Observation, Order


class HttpAdapter(ControlAdapter):
    """One adapter for every HTTP service; what differs is in the control's description."""

    def __init__(self, reach: Reach) -> None:
        self._caller = Caller(reach)

    async def read(self, control: Control, target: str) -> Observation:
        """What the service says now, with its ETag. Raises Refused or Unanswered."""
        spec = _spec(control)
        facts = facts_of(control, target)
        answer = await self._ask(spec, _request(spec.read, facts, fill_body(spec.read.body, facts)))
        return Observation(value=value_of(answer, spec.read.value, control), etag=etag_of(answer))

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        """Send a value; any 2xx is a yes. Raises Refused, Outrun or Unanswered."""
        spec = _spec(control)
        facts = facts_of(control, target, value)
        body = value if spec.set.body is None else fill_body(spec.set.body, facts)
        headers = order_headers(spec.headers, order, if_match=spec.if_match)
        await self._ask(spec, _request(spec.set, facts, body, headers), wants_body=False)

    async def probe(self, control: Control, target: str, level: Level) -> bool:
        """Whether the effect is there; True for a level nothing is expected of. Raises like `read`."""
        spec = _spec(control)
        if spec.probe is None or level.id not in spec.probe.expect:
            return True
        facts = facts_of(control, target, level.value)
        answer = await self._ask(spec, _request(spec.probe, facts, fill_body(spec.probe.body, facts)))
        return holds_true(answer, spec.probe.expect[level.id])

    async def _ask(self, spec: Spec, request: Request, *, wants_body: bool = True) -> Answer:
        answer = await self._caller.call(spec.service, request, wants_body=wants_body)
        accept(answer)
        return answer


def _spec(control: Control) -> Spec:
    if not isinstance(control.adapter, Spec):
        raise TypeError(f"{control.id} is not a control over HTTP; its registry is built wrongly")
    return control.adapter


def _request(call: HttpCall, facts: Facts, body: Any, headers: Mapping[str, str] | None = None) -> Request:
    sent = None if body is None else json.dumps(body).encode()
    return Request(call.method, fill_path(call.path, facts), headers or {}, sent)
