"""What a workspace is asked for is what the bot uses and what the strict Slack lets it use."""

import json
from typing import Any

from bot.sandbox.slack import seeded_app
from bot.slack.commands import COMMANDS
from bot.slack.manifest import manifest

ASKED = manifest("https://breakwater.example.com/")
OVER_SOCKETS = manifest(None)


def test_the_menus_and_the_home_tab_are_those_of_the_strict_slack() -> None:
    app = seeded_app()
    shortcuts = [vars(shortcut) for shortcut in app.shortcuts]
    assert sorted(ASKED["features"]["shortcuts"], key=str) == sorted(shortcuts, key=str)
    assert ASKED["features"]["app_home"]["home_tab_enabled"] is True
    assert {c["command"] for c in ASKED["features"]["slash_commands"]} == set(app.commands) == set(COMMANDS)
    names = [(s["type"], s["name"]) for s in ASKED["features"]["shortcuts"]]
    assert names == [("global", "Declare incident"), ("message", "Declare incident")]


def test_what_is_subscribed_to_and_permitted_is_no_more_than_the_strict_slack_grants() -> None:
    app = seeded_app()
    events = ASKED["settings"]["event_subscriptions"]
    assert events["request_url"] == "https://breakwater.example.com/slack/events"
    assert "app_home_opened" in events["bot_events"]
    assert set(events["bot_events"]) <= app.events
    assert set(ASKED["oauth_config"]["scopes"]["bot"]) <= app.scopes


def test_over_socket_mode_the_same_is_asked_for_without_an_address() -> None:
    assert "url" not in str(OVER_SOCKETS)
    assert OVER_SOCKETS["settings"].pop("socket_mode_enabled") is True
    without = json.loads(json.dumps(ASKED), object_hook=_without_addresses)
    assert without["settings"].pop("socket_mode_enabled") is False
    assert without == OVER_SOCKETS


def _without_addresses(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in {"url", "request_url"}}
