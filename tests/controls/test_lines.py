"""Lines of text: what is sent, what is refused, what an answer without a status means."""

from typing import Any

import pytest

from bot.domain.adapter import LineAdapter
from bot.usecases.ports import Refused, Unanswered
from tests.controls.support.rigs import LINE, control, order, over_lines

TIGHT = {"status": "open", "limit": "25000"}


@pytest.mark.parametrize(
    "key",
    ["a;quit", "a\nset map y", "a\rb", "a b", "a\\", "<<", "", "a\x00", "a\u2028b"],
)
async def test_a_param_that_would_say_more_is_refused_and_nothing_is_sent(key: str) -> None:
    async with over_lines() as rig:
        rig.control = control(LINE, params={"desk": key})
        for call in (
            rig.adapter.read(rig.control, "all"),
            rig.adapter.set(rig.control, "all", dict(TIGHT), order(1)),
        ):
            with pytest.raises(Refused, match="nothing was sent") as caught:
                await call
            assert str(caught.value).isprintable()
        assert rig.heard == []


async def test_a_value_that_would_say_more_is_refused_and_nothing_is_sent() -> None:
    async with over_lines() as rig:
        with pytest.raises(Refused, match=r"nothing was sent: \{status\}"):
            await rig.adapter.set(rig.control, "all", {**TIGHT, "status": "open; quit"}, order(1))
        assert rig.heard == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"params": {"desk": "nobody"}}, "desk refused: “entry not found.”"),
        ({"adapter": {**LINE, "set": {"send": "set map /no.map x y"}}}, "Unknown map identifier."),
        ({"adapter": {**LINE, "set": {"send": "shout {status}"}}}, "desk refused: “Unknown command"),
    ],
)
async def test_a_sentence_instead_of_nothing_is_a_refusal(changes: dict[str, Any], sentence: str) -> None:
    async with over_lines() as rig:
        rig.control = control(**{"adapter": LINE, "params": {"desk": "usdt"}, **changes})
        with pytest.raises(Refused) as caught:
            await rig.adapter.set(rig.control, "all", dict(TIGHT), order(1))
        assert sentence in str(caught.value)
        assert str(caught.value).isprintable()


async def test_an_answer_in_which_the_setting_is_not_found_is_unknown() -> None:
    async with over_lines() as rig:
        rig.control = control(LINE, params={"desk": "nobody"})
        with pytest.raises(Unanswered, match="found=no”, in which no setting is found"):
            await rig.adapter.read(rig.control, "all")


async def test_what_counts_as_a_yes_is_the_descriptions_to_say() -> None:
    async with over_lines() as rig:
        change = {"send": "shout {status}", "accepts": "(?s)Unknown command.*help\\s*"}
        rig.control = control({**LINE, "set": change}, params={"desk": "usdt"})
        await rig.adapter.set(rig.control, "all", dict(TIGHT), order(1))


@pytest.mark.parametrize("hosts", ["", "127.0.0.1:1", "127.0.0.1"])
async def test_a_place_that_is_not_allowed_hears_nothing(hosts: str) -> None:
    async with over_lines(hosts) as rig:
        with pytest.raises(Refused, match="not among OUTBOUND_HOSTS"):
            await rig.adapter.read(rig.control, "all")
        assert rig.heard == []


def test_a_command_is_one_line() -> None:
    with pytest.raises(ValueError, match="one line of printable text"):
        LineAdapter.model_validate({**LINE, "set": {"send": "set map a\nquit"}})
