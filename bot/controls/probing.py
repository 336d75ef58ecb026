"""Looking at the effect itself, with a request of its own: reading a setting back proves no effect."""

from __future__ import annotations

from bot.controls.answers import as_expected
from bot.controls.calling import Caller
from bot.controls.filling import Facts
from bot.controls.requests import filled
from bot.domain.adapter import Probe
from bot.domain.control import Level


async def effect_shows(caller: Caller, probe: Probe, service: str, facts: Facts, level: Level) -> bool:
    """Whether the probe is answered as it must be at a level; True where nothing is expected of it.

    `service` is asked where the probe names none. Raises Refused or Unanswered.
    """
    expect = probe.expected(level.id)
    if expect is None:
        return True
    request = filled(probe, facts)
    answer = await caller.call(probe.service or service, request, wants_body=True, whatever=True)
    return as_expected(answer, expect)
