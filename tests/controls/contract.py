"""What every adapter must do, whatever it reaches; run over the whole registry."""

import contextlib
import logging
import traceback

import pytest

from bot.usecases.ports import Outrun, Refused, ServiceError, Unanswered
from tests.controls.support.rigs import Rig, nothing, order
from tests.controls.support.troubles import Trouble


def fenced(rig: Rig) -> None:
    if not rig.fences:
        pytest.skip("the far end compares no generations; such a control is only brought to converge")


def ordered(rig: Rig, trouble: Trouble) -> None:
    if trouble not in rig.troubles:
        pytest.skip(f"{trouble} cannot happen to it")
    rig.trouble(trouble)


async def lost(rig: Rig, trouble: Trouble) -> None:
    """A set comes to nothing known."""
    ordered(rig, trouble)
    with pytest.raises(Unanswered):
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1))
    rig.trouble(None)


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
        fenced(rig)
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
        fenced(rig)
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

    async def test_what_somebody_else_set_is_read_back_as_it_is(self, rig: Rig) -> None:
        await rig.adapter.set(rig.control, "all", rig.control.levels[2].value, order(1))
        if rig.change is nothing:
            pytest.skip("nobody else can reach it")
        rig.change(rig.control.levels[1].value)
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    @pytest.mark.parametrize("trouble", [Trouble.DROP_BEFORE, Trouble.STALL_BEFORE])
    async def test_a_set_that_never_arrived_is_unknown_and_changes_nothing(
        self, rig: Rig, trouble: Trouble
    ) -> None:
        before = (await rig.adapter.read(rig.control, "all")).value
        await lost(rig, trouble)
        assert (await rig.adapter.read(rig.control, "all")).value == before
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    @pytest.mark.parametrize("trouble", [Trouble.DROP_AFTER, Trouble.STALL_AFTER])
    async def test_a_set_whose_answer_was_lost_is_unknown_and_reads_back_as_set(
        self, rig: Rig, trouble: Trouble
    ) -> None:
        await lost(rig, trouble)
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[1].value

    async def test_a_yes_without_an_effect_shows_when_read_back(self, rig: Rig) -> None:
        ordered(rig, Trouble.LIE)
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[0].value

    @pytest.mark.parametrize("trouble", sorted(set(Trouble) - {Trouble.LIE}))
    async def test_what_cannot_be_read_is_unknown_in_one_printable_line(
        self, rig: Rig, trouble: Trouble
    ) -> None:
        ordered(rig, trouble)
        with pytest.raises(Unanswered) as caught:
            await rig.adapter.read(rig.control, "all")
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) <= 300

    @pytest.mark.parametrize("trouble", list(Trouble))
    async def test_no_secret_is_told_whatever_goes_wrong(
        self, rig: Rig, trouble: Trouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ordered(rig, trouble)
        told = repr(rig.adapter)
        for call in (
            rig.adapter.read(rig.control, "all"),
            rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(1)),
        ):
            try:
                told += repr(await call)
            except ServiceError as error:
                told += "".join(traceback.TracebackException.from_exception(error).format())
        assert not rig.secret or rig.secret not in told + caplog.text

    async def test_without_a_probe_the_effect_counts_as_there(self, rig: Rig) -> None:
        assert await rig.adapter.probe(rig.control, "all", rig.control.levels[1])

    async def test_a_target_that_the_control_lacks_is_refused(self, rig: Rig) -> None:
        with pytest.raises(Refused, match="west"):
            await rig.adapter.read(rig.control, "west")
        with pytest.raises(Refused, match="west"):
            await rig.adapter.set(rig.control, "west", rig.control.levels[1].value, order(1))
        assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[0].value

    async def test_errors_are_of_the_port_and_not_of_a_library(self, rig: Rig) -> None:
        fenced(rig)
        await rig.adapter.set(rig.control, "all", rig.control.levels[1].value, order(5))
        with pytest.raises(ServiceError) as caught:
            await rig.adapter.set(rig.control, "all", rig.control.levels[0].value, order(1))
        assert str(caught.value).count("\n") == 0
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
