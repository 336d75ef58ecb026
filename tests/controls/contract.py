"""What every adapter must do, whatever it reaches; run over the whole registry."""

import contextlib

import pytest

from bot.usecases.ports import Outrun, Refused, ServiceError
from tests.controls.support.rigs import Rig, order


class AdapterContract:
    """Inherit it in a test module that has a `rig` fixture."""

    async def test_a_control_nobody_touched_stands_at_normal(self, rig: Rig) -> None:
        seen = await rig.adapter.read(rig.control, "all")
        assert rig.control.level_of(seen.value) == rig.control.level("normal")

    @pytest.mark.parametrize("level", ["tightened", "stopped"])
    async def test_what_was_set_is_read_back(self, rig: Rig, level: str) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.level(level).value, order(1))
        seen = await rig.adapter.read(rig.control, "all")
        assert rig.control.level_of(seen.value) == rig.control.level(level)

    async def test_what_callers_do_to_their_values_changes_nothing(self, rig: Rig) -> None:
        normal, tight = (dict(level.value) for level in rig.control.levels[:2])
        (await rig.adapter.read(rig.control, "all")).value["status"] = "scribbled over"
        assert (await rig.adapter.read(rig.control, "all")).value == normal
        mine = dict(tight)
        await rig.adapter.set(rig.control, "all", mine, order(1))
        mine["status"] = "scribbled over"
        assert (await rig.adapter.read(rig.control, "all")).value == tight

    async def test_a_repeat_after_something_newer_changes_nothing(self, rig: Rig) -> None:
        levels = rig.control.levels
        await rig.adapter.set(rig.control, "all", levels[2].value, order(1))
        await rig.adapter.set(rig.control, "all", levels[1].value, order(2))
        # A service may answer the repeat as it did before, or say that it is past that.
        with contextlib.suppress(Outrun):
            await rig.adapter.set(rig.control, "all", levels[2].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == levels[1].value

    async def test_the_same_order_twice_is_no_error(self, rig: Rig) -> None:
        for _ in range(2):
            await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    @pytest.mark.parametrize(("late", "epoch"), [(6, 1), (99, 0)])
    async def test_a_lower_generation_is_outrun_and_changes_nothing(
        self, rig: Rig, late: int, epoch: int
    ) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(7))
        with pytest.raises(Outrun):
            await rig.adapter.set(rig.control, "all", rig.control.levels[0].value, order(late, epoch=epoch))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    async def test_a_higher_epoch_wins_whatever_the_generation(self, rig: Rig) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.levels[2].value, order(40))
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1, epoch=2))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    async def test_what_the_far_end_forgot_is_read_back_as_it_is(self, rig: Rig) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.levels[2].value, order(1))
        rig.forget()
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[0].value

    async def test_without_a_probe_the_effect_counts_as_there(self, rig: Rig) -> None:
        assert await rig.adapter.probe(rig.control, "all", rig.control.levels[1])

    async def test_a_target_that_the_control_lacks_is_refused(self, rig: Rig) -> None:
        with pytest.raises(Refused, match="west"):
            await rig.adapter.read(rig.control, "west")
        with pytest.raises(Refused, match="west"):
            await rig.adapter.set(rig.control, "west", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[0].value

    async def test_errors_are_of_the_port_and_not_of_a_library(self, rig: Rig) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(5))
        with pytest.raises(ServiceError) as caught:
            await rig.adapter.set(rig.control, "all", rig.control.levels[0].value, order(1))
        assert str(caught.value).count("\n") == 0
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
