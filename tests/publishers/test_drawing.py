"""Charts drawn by a process of their own."""

from __future__ import annotations

import os
import struct
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.publishers.drawing import draw
from bot.usecases.chart import Chart, Mark, Panel, Run, Threshold, Undrawn
from tests.support.clock import START

END = START + timedelta(minutes=60)


def chart(panels: int = 2) -> Chart:
    points = tuple((START + timedelta(minutes=m), Decimal(m % 7)) for m in range(30))
    panel = Panel(
        title="Coverage $x_1$ <b> 数",
        unit="×",
        runs=(Run(points=points, end=START + timedelta(minutes=32)),),
        unknown=((START + timedelta(minutes=32), END),),
        thresholds=(Threshold(value=Decimal("1.5"), says="at least 1.5"),),
        places=2,
        said="unknown",
    )
    empty = panel.model_copy(update={"runs": (), "unknown": ((START, END),)})
    marks = tuple(
        Mark(number=n, at=START + timedelta(minutes=n * 9), says="swaps none", tighter=n < 3)
        for n in (1, 2, 3)
    )
    shown = (panel, empty, panel, panel)[:panels]
    return Chart(title="INC-1 amber anchor, protected", start=START, end=END, panels=shown, marks=marks)


async def test_a_chart_is_a_picture_wide_enough_for_a_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    picture = await draw(chart(4))
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1200
    assert 1000 < height < 2400
    assert os.environ["SLACK_BOT_TOKEN"] == "xoxb-secret"


async def test_a_drawing_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(Undrawn, match=r"more than 0\.01 s"):
        await draw(chart(), within=0.01)


async def test_a_chart_that_breaks_the_drawer_says_so_in_a_line() -> None:
    with pytest.raises(Undrawn) as wrong:
        await draw(chart(0))
    assert "\n" not in str(wrong.value)
