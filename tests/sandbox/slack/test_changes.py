import asyncio

from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.seed import COMMANDS, USAGE
from bot.slack.manifest import COMMANDS as DECLARED


def test_what_changed_ten_times_is_news_once_and_comes_last() -> None:
    changes = Changes()
    for _ in range(10):
        changes.note("message", "C1", "1.0")
        changes.note("channel", "C1")
    assert changes.since(0) == [(19, ("message", "C1", "1.0")), (20, ("channel", "C1", ""))]
    assert changes.since(19) == [(20, ("channel", "C1", ""))]
    assert changes.since(20) == []


async def test_whoever_waits_hears_of_the_next_change_and_not_of_those_before() -> None:
    changes = Changes()
    changes.note("people")
    assert await changes.wait(0, 0.01)
    assert not await changes.wait(1, 0.01)
    waiting = asyncio.create_task(changes.wait(1, 5))
    await asyncio.sleep(0)
    changes.note("home", "U01ALICE")
    assert await waiting


def test_the_sandbox_shows_of_the_commands_what_the_manifest_declares() -> None:
    shown = {name: (one.description, one.usage_hint) for name, one in USAGE.items()}
    assert shown == DECLARED
    assert set(COMMANDS) == set(DECLARED)
