"""Business time that changes its pace without ever jumping."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.clock import ASIDE, Beat, PacedClock, beat_in

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_business_time_goes_on_from_where_it_was_at_every_change_of_pace() -> None:
    beat = Beat(NOON, NOON, 5.0)
    fast = beat.changed(NOON + MINUTE, scale=20.0)
    stood = fast.changed(NOON + 2 * MINUTE, paused=True)
    again = stood.changed(NOON + 60 * MINUTE, paused=False, scale=1.0)
    assert fast.now(NOON + MINUTE) == NOON + 5 * MINUTE
    assert stood.now(NOON + 50 * MINUTE) == NOON + 25 * MINUTE
    assert again.now(NOON + 61 * MINUTE) == NOON + 26 * MINUTE


@pytest.mark.parametrize("scale", [1.0, 5.0, 20.0])
def test_a_moment_comes_on_the_wall_when_business_time_gets_there(scale: float) -> None:
    beat = Beat(NOON, NOON + 7 * MINUTE, scale)
    due = NOON + 47 * MINUTE
    assert beat.now(beat.wall_for(due)) == due
    assert beat.changed(NOON, paused=True).wall_for(due) == beat.wall_for(due) + ASIDE


def test_every_reader_of_the_file_sees_a_change_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pace.json"
    Beat(NOON, NOON, 5.0).keep(path)
    wall = NOON + MINUTE
    readers = [PacedClock(path, lambda: wall) for _ in range(2)]
    assert [reader.now() for reader in readers] == [NOON + 5 * MINUTE] * 2
    beat_in(path).changed(wall, paused=True).keep(path)
    wall = NOON + 9 * MINUTE
    assert [reader() for reader in readers] == [NOON + 5 * MINUTE] * 2


@pytest.mark.parametrize("text", ["", "{}", '{"wall": "soon"}', "[]"])
def test_a_file_that_holds_no_pace_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pace.json"
    path.write_text(text)
    with pytest.raises((ValueError, KeyError)):
        PacedClock(path)
