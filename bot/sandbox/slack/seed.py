"""The workspace that tests and the demo begin with: six people, a stranger, a guest, two channels."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from bot.sandbox.slack.channels import create_channel
from bot.sandbox.slack.model import App, CommandUsage, ShortcutSpec, User, UserGroup
from bot.sandbox.slack.workspace import Workspace

FOREIGN_TEAM = "T09ELSEWHERE"
PEOPLE = {
    "alice": "Alice Ng",
    "bob": "Bob Okafor",
    "carol": "Carol Reyes",
    "dana": "Dana Kim",
    "erin": "Erin Walsh",
    "frank": "Frank Moreau",
}
SCOPES = frozenset(
    {
        *("channels:read", "channels:manage", "channels:history", "channels:join"),
        *("groups:read", "groups:write", "groups:history", "im:read", "im:write", "im:history"),
        *("chat:write", "commands", "pins:read", "pins:write", "bookmarks:write", "bookmarks:read"),
        *("users:read", "usergroups:read", "reactions:write", "files:write", "app_mentions:read"),
    }
)
COMMANDS = {"/incident": True, "/protected-mode": True, "/control": True}
USAGE = {
    "/incident": CommandUsage("Declare and run an incident", "declare | status | step | help"),
    "/protected-mode": CommandUsage("Limit what can leave the platform", "on | off | extend | status"),
    "/control": CommandUsage(
        "See and tighten single controls",
        "list | show | set | tighten | loosen | release | withdraw | freeze | unfreeze",
    ),
}
SHORTCUTS = (
    ShortcutSpec("declare", "global", "Declare incident", "Open an incident"),
    ShortcutSpec("declare_from_message", "message", "Declare incident", "Keep this message as evidence"),
)
EVENTS = frozenset(
    {
        *("app_home_opened", "app_mention", "member_joined_channel", "member_left_channel"),
        *("channel_archive", "channel_unarchive", "group_archive", "group_unarchive"),
    }
)


def seeded_app(bot_url: str | None = None) -> App:
    """An app with every scope, command (mentions escaped), shortcut and event that Breakwater asks for."""
    return App(
        scopes=SCOPES,
        commands=dict(COMMANDS),
        usage=dict(USAGE),
        shortcuts=SHORTCUTS,
        events=EVENTS,
        bot_url=bot_url,
    )


def seeded_workspace(
    *,
    now: Callable[[], datetime],
    bot_url: str | None = None,
    rate_limits: bool = True,
    monotonic: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Workspace:
    """Alice U01ALICE … Frank U06FRANK, Gus the guest U07GUS, Stan of another team U08STAN.

    `#general` and `#incidents` are public and hold everybody of the team and the app; the groups are
    `@treasury` (S01TREASURY: Bob) and `@ops` (S02OPS: Frank, Alice).
    """
    workspace = Workspace(
        now=now, app=seeded_app(bot_url), rate_limits=rate_limits, monotonic=monotonic, wall=wall
    )
    for number, (name, real_name) in enumerate(PEOPLE.items(), start=1):
        _add(workspace, User(f"U{number:02d}{name.upper()}", name, real_name, workspace.team_id))
    _add(workspace, User("U07GUS", "gus", "Gus Guest", workspace.team_id, is_restricted=True))
    _add(workspace, User("U08STAN", "stan", "Stan Stranger", FOREIGN_TEAM))
    _add(workspace, User(workspace.app.bot_user, "breakwater", "Breakwater", workspace.team_id, is_bot=True))
    _group(workspace, UserGroup("S01TREASURY", "treasury", "Treasury", ["U02BOB"]))
    _group(workspace, UserGroup("S02OPS", "ops", "Operations", ["U06FRANK", "U01ALICE"]))
    for channel_id, name in (("C01GENERAL", "general"), ("C02INCIDENTS", "incidents")):
        channel = create_channel(workspace, name, "U01ALICE", is_private=False, channel_id=channel_id)
        members = [u.id for u in workspace.users.values() if u.team_id == workspace.team_id]
        channel.members = [user for user in members if user != "U07GUS"]
    return workspace


def _add(workspace: Workspace, user: User) -> None:
    workspace.users[user.id] = user


def _group(workspace: Workspace, group: UserGroup) -> None:
    workspace.groups[group.id] = group
