"""Controls set and read back over HTTP, as their YAML describes it."""

from __future__ import annotations

from bot.controls.answers import accept, etag_of, found_id, value_of
from bot.controls.calling import Answer, Caller, Reach, Request
from bot.controls.filling import Facts, facts_of, order_headers, theirs
from bot.controls.probing import effect_shows
from bot.controls.requests import filled
from bot.domain.adapter import FOUND, Scalar
from bot.domain.adapter import HttpAdapter as Spec
from bot.domain.control import Control, Level, Value
from bot.usecases.ports import ControlAdapter, Observation, Order


class HttpAdapter(ControlAdapter):
    """One adapter for every HTTP service; what differs is in the control's description."""

    def __init__(self, reach: Reach) -> None:
        self._caller = Caller(reach)

    async def read(self, control: Control, target: str) -> Observation:
        """What the service says now, with its ETag. Raises Refused or Unanswered."""
        spec = _spec(control)
        facts = await self._resolved(spec, facts_of(control, target))
        answer = await self._ask(spec, filled(spec.read, facts))
        return Observation(value=value_of(answer, spec.read.value, control), etag=etag_of(answer))

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        """Send a value; any 2xx is a yes. Raises Refused, Outrun or Unanswered."""
        spec = _spec(control)
        facts = await self._resolved(spec, facts_of(control, target, value))
        headers = order_headers(spec.headers, order, if_match=spec.if_match)
        await self._ask(
            spec, filled(spec.set, facts, headers, instead=theirs(control, value)), wants_body=False
        )

    async def probe(self, control: Control, target: str, level: Level) -> bool:
        """Whether the effect is there; True for a level nothing is expected of. Raises like `read`."""
        spec = _spec(control)
        if spec.probe is None or spec.probe.expected(level.id) is None:
            facts_of(control, target)
            return True
        facts = await self._resolved(spec, facts_of(control, target, level.value))
        return await effect_shows(self._caller, spec.probe, spec.service, facts, level)

    async def _resolved(self, spec: Spec, facts: dict[str, Scalar]) -> Facts:
        """The facts with the id that the service knows the setting by."""
        if spec.resolve is None:
            return facts
        answer = await self._ask(spec, filled(spec.resolve, facts))
        return {**facts, FOUND: found_id(answer, spec.resolve.id)}

    async def _ask(self, spec: Spec, request: Request, *, wants_body: bool = True) -> Answer:
        answer = await self._caller.call(spec.service, request, wants_body=wants_body)
        accept(answer)
        return answer


def _spec(control: Control) -> Spec:
    if not isinstance(control.adapter, Spec):
        raise TypeError(f"{control.id} is not a control over HTTP; its registry is built wrongly")
    return control.adapter
