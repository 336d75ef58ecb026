"""A change of pace brings along what the bot has due, and leaves alone what is due on the wall."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.clock import Beat
from bot.sandbox.console.conductor import Conductor

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Wall:
    at = NOON

    def __call__(self) -> datetime:
        return self.at


class Jobs:
    """The bot's job table, migrated as it ships."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def want(self, key: str, lane: str, due: datetime) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            row = (key, "kind", lane, int(due.timestamp() * 1000))
            columns = "key, kind, lane, due, wanted, seen, attempts, fence"
            connection.execute(f"INSERT INTO job ({columns}) VALUES (?, ?, ?, ?, 1, 0, 0, 0)", row)  # noqa: S608  # a literal

    def due(self, key: str) -> datetime:
        with closing(sqlite3.connect(self.path)) as connection:
            (ms,) = connection.execute("SELECT due FROM job WHERE key = ?", (key,)).fetchone()
        return datetime.fromtimestamp(ms / 1000, UTC)


@pytest.fixture
def jobs(sqlite_url: str) -> Jobs:
    return Jobs(Path(sqlite_url.removeprefix("sqlite:///")))


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def conductor(tmp_path: Path, jobs: Jobs, wall: Callable[[], datetime]) -> Conductor:
    Beat(NOON, NOON, 5.0).keep(tmp_path / "pace.json")
    return Conductor(tmp_path / "pace.json", jobs.path, wall)


def test_nothing_of_business_time_is_due_while_it_stands_still(
    conductor: Conductor, jobs: Jobs, wall: Wall
) -> None:
    jobs.want("ratify:1", "time", NOON + 3 * MINUTE)
    jobs.want("card:1", "views", NOON + 3 * MINUTE)
    wall.at = NOON + MINUTE
    conductor.pause()
    assert jobs.due("ratify:1") > NOON + timedelta(days=365)
    assert jobs.due("card:1") == NOON + 3 * MINUTE


def test_what_waited_is_as_far_away_as_it_was_when_time_goes_on(
    conductor: Conductor, jobs: Jobs, wall: Wall
) -> None:
    jobs.want("ratify:1", "time", NOON + 3 * MINUTE)
    wall.at = NOON + MINUTE
    conductor.pause()
    wall.at = NOON + 30 * MINUTE
    jobs.want("ratify:2", "time", conductor.beat.wall_for(conductor.now() + 10 * MINUTE))
    conductor.go_on()
    assert conductor.now() == NOON + 5 * MINUTE
    assert jobs.due("ratify:1") == NOON + 32 * MINUTE
    assert jobs.due("ratify:2") == NOON + 32 * MINUTE


@pytest.mark.parametrize(("speed", "minutes"), [(20, 3), (1, 60), (5, 12)])
def test_at_another_speed_a_deadline_keeps_its_moment_of_business_time(
    conductor: Conductor, jobs: Jobs, wall: Wall, speed: int, minutes: int
) -> None:
    deadline = NOON + 60 * MINUTE
    jobs.want("ladder:1", "time", conductor.beat.wall_for(deadline))
    conductor.set_speed(speed)
    wall.at = jobs.due("ladder:1")
    assert wall.at == NOON + minutes * MINUTE
    assert conductor.now() == deadline


def test_a_speed_chosen_while_time_stands_counts_when_it_goes_on(conductor: Conductor, wall: Wall) -> None:
    conductor.pause()
    conductor.set_speed(20)
    wall.at = NOON + MINUTE
    assert conductor.beat.paused
    assert conductor.now() == NOON
    conductor.go_on()
    wall.at = NOON + 2 * MINUTE
    assert conductor.now() == NOON + 20 * MINUTE


def test_an_overdue_job_stays_due_and_a_missing_database_is_no_trouble(
    conductor: Conductor, jobs: Jobs, wall: Wall, tmp_path: Path
) -> None:
    jobs.want("late", "time", NOON - MINUTE)
    wall.at = NOON + MINUTE
    conductor.pause()
    conductor.go_on()
    assert jobs.due("late") <= wall.at
    nowhere = Conductor(tmp_path / "pace.json", tmp_path / "none.db", wall)
    nowhere.pause()
    nowhere.go_on()
