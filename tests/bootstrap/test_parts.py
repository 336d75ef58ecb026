import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import __version__
from bot.bootstrap.build import secrets_of
from bot.bootstrap.clock import RandomIds, SystemClock
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.redis import open_redis
from bot.bootstrap.settings import Settings, SettingsError
from bot.bootstrap.version import code_version
from bot.content import load
from tests.support.world import ROOT


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def test_the_ledger_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.key"
    first, second = ledger_key(path), ledger_key(path)
    assert public(first) == public(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["ledger.key"]


def test_a_file_that_is_no_key_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_text("not a key")
    with pytest.raises(SettingsError, match="LEDGER_KEY_FILE"):
        ledger_key(path)


def test_a_place_where_no_key_can_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="LEDGER_KEY_FILE: a file that can be made"):
        ledger_key(tmp_path / "file" / "ledger.key")


def test_business_time_runs_faster_from_its_origin_and_back_again() -> None:
    origin = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    clock = SystemClock(origin, scale=100)
    moment = origin + timedelta(hours=10)
    assert clock.wall_for(moment) == origin + timedelta(minutes=6)
    lived = clock.wall() - origin
    assert abs((clock.now() - origin) - lived * 100) < timedelta(seconds=60)


def test_without_a_scale_business_time_is_wall_time() -> None:
    clock = SystemClock()
    moment = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert clock.wall_for(moment) == moment
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - clock.wall()) < timedelta(seconds=5)


def test_ids_say_what_they_name_and_never_meet() -> None:
    ids = RandomIds()
    made = {ids.new("hold") for _ in range(1000)}
    assert len(made) == 1000
    assert all(i.startswith("hold_") for i in made)


def test_no_record_may_hold_our_tokens_or_what_services_know_us_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETPLACE_TOKEN", "a-token-of-the-marketplace")
    settings = Settings(signals_token="a-token-for-signals")
    content = load(ROOT / "runbooks", ROOT / "templates", {}, resolve_env=False)
    assert set(secrets_of(settings, content)) == {"a-token-for-signals", "a-token-of-the-marketplace"}


def test_the_code_is_named_by_its_version_and_its_files() -> None:
    assert re.fullmatch(rf"{re.escape(__version__)}\+[0-9a-f]{{12}}", code_version())
    assert code_version() == code_version()


async def test_redis_lives_in_this_process_when_none_is_named() -> None:
    redis = open_redis(None)
    await redis.set("level", "tightened")
    assert await redis.get("level") == b"tightened"
    await redis.aclose()
