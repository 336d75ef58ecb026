"""A description that cannot work ends as unknown with a sentence that helps, and never as done.

What can be seen in the file alone is refused while it is read; see `tests/content/mistakes/controls.yaml`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.controls.registry import registries
from bot.domain.base import Environment, Outcome
from bot.usecases import controls
from bot.worker.actuate import Actuator
from tests.controls.support.rigs import LIMIT, control, over_http, reach
from tests.controls.support.service import Fault
from tests.controls.support.staged import hurried
from tests.support.world import WHY, World, changed, world

__all__ = ["world"]
Wrong = dict[str, Any]
WRONG_EXPRESSION = {**LIMIT, "read": {**LIMIT["read"], "value": "{status: state.sttus, limit: state.limit}"}}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"adapter": WRONG_EXPRESSION}, "desk answered null as status, which cannot be a setting"),
        ({"base_url": "http://127.0.0.1:9"}, "desk cannot be reached at 127.0.0.1:9"),
        ({"hosts": "elsewhere.test"}, "is not among OUTBOUND_HOSTS"),
        ({"secret": None}, "the environment variable DESK_TOKEN is not set"),
        ({"params": {"desk": ".."}}, "{desk} is '..', which cannot stand in a path"),
        ({"params": {"desk": "nobody"}}, "desk refused with 404: no such desk"),
        ({"fault": Fault.REDIRECT}, "a redirect to http://elsewhere.test/"),
        ({"fault": Fault.HUGE}, "desk answered with more than 1 MB and was cut off"),
        ({"fault": Fault.HTML}, "desk answered text/html that is not JSON"),
        ({"fault": Fault.STALL_BEFORE}, "desk gave no whole answer within 400ms"),
    ],
    ids=lambda case: "+".join(case) if isinstance(case, dict) else "",
)
async def test_it_is_unknown_with_a_sentence_that_helps(world: World, wrong: Wrong, sentence: str) -> None:
    async with over_http() as rig:
        rig.service.fault = wrong.get("fault")
        described = control(wrong.get("adapter", LIMIT), rule="money", **_params(wrong))
        means = reach(
            wrong.get("base_url", rig.base_url),
            wrong.get("secret", rig.service.secret),
            hosts=wrong.get("hosts"),
        )
        world.content._content = changed(world.content.now, controls=(hurried(described),))
        registry = registries(Environment.LIVE, means)
        world.handlers["actuate"] = Actuator(world.ctx, registry, timedelta(minutes=1))
        await world.declared()
        await controls.set_control(world.ctx, world.actor("bob"), "INC-1", described.id, "tightened", WHY)
        await world.drain()

        state = await world.state(described.id)
        assert (state.outcome, state.observed_level) == (Outcome.UNKNOWN, None)
        assert sentence in state.detail
        assert await world.outcomes(described.id) == [Outcome.PENDING]
        assert rig.service.effects == []
        view = (await world.view()).worst
        assert view is not None
        assert not view.confirmed


def _params(wrong: Wrong) -> Wrong:
    return {"params": wrong["params"]} if "params" in wrong else {}
