"""The contract over the registry, and the registry itself."""

from typing import get_args

import pytest

from bot.controls.null import NullAdapter
from bot.controls.registry import ADAPTERS, registries
from bot.domain.adapter import AdapterSpec
from bot.domain.base import Environment
from bot.usecases.ports import Refused
from tests.controls.contract import AdapterContract
from tests.controls.support.rigs import LIMIT, RIGS, control, order, over_http, reach


class TestEveryAdapter(AdapterContract):
    """Each registered kind keeps the contract."""


def test_every_kind_that_yaml_may_name_is_registered_and_tried() -> None:
    union = get_args(AdapterSpec)[0]
    kinds = {get_args(spec.model_fields["kind"].annotation)[0] for spec in get_args(union)}
    assert kinds == set(ADAPTERS) == set(RIGS)


@pytest.mark.parametrize("own", list(Environment))
async def test_a_drill_reaches_nothing_whatever_the_deployment_is(own: Environment) -> None:
    async with over_http() as real:
        made = registries(own, reach(real.base_url, real.service.secret))
        drilled = made[Environment.DRILL].of(real.control)
        await drilled.set(real.control, "all", real.control.levels[2].value, order(1))
        assert (await drilled.read(real.control, "all")).value == real.control.levels[2].value
        assert real.service.seen == []


async def test_a_drill_does_not_move_the_null_controls_of_its_deployment() -> None:
    made = registries(Environment.LIVE, reach("http://desk.test", "key"))
    trial = control({"kind": "null"})
    await made[Environment.DRILL].of(trial).set(trial, "all", trial.levels[2].value, order(1))
    seen = await made[Environment.LIVE].of(trial).read(trial, "all")
    assert seen.value == trial.levels[0].value


def test_a_deployment_serves_its_own_environment_and_drills_only() -> None:
    made = registries(Environment.SANDBOX, reach("http://desk.test", "key"))
    assert set(made) == {Environment.SANDBOX, Environment.DRILL}
    assert not isinstance(made[Environment.SANDBOX].of(control(LIMIT)), NullAdapter)
    with pytest.raises(KeyError):
        made[Environment.LIVE]


async def test_the_null_adapter_refuses_a_generation_used_for_something_else() -> None:
    adapter, trial = NullAdapter(), control({"kind": "null"})
    await adapter.set(trial, "all", trial.levels[1].value, order(1))
    with pytest.raises(Refused):
        await adapter.set(trial, "all", trial.levels[2].value, order(1))
    assert (await adapter.read(trial, "all")).value == trial.levels[1].value
