"""Business time by a file, as the sandbox has it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.bootstrap.build import opened
from bot.bootstrap.settings import SettingsError, read_settings
from bot.sandbox.clock import Beat, utc_now
from tests.support.world import FEW_CONTROLS


async def test_the_file_says_what_time_it_is_and_a_file_without_a_pace_stops_the_start(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "pace.json"
    env = {"DATABASE_URL": sqlite_url, "ENVIRONMENT": "sandbox", "TIME_FILE": str(file)}
    settings, patience = read_settings(env), timedelta(seconds=5)
    with pytest.raises(SettingsError, match=r"TIME_FILE: .* holds no pace"):
        async with opened(settings, FEW_CONTROLS, patience=patience):
            pass
    tomorrow = utc_now() + timedelta(days=1)
    Beat(utc_now(), tomorrow, 5.0, paused=True).keep(file)
    async with opened(settings, FEW_CONTROLS, patience=patience) as parts:
        assert parts.ctx.clock.now() == tomorrow
