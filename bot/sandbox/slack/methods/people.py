"""`auth.test`, `api.test`, `users.*` and `usergroups.*`."""

from __future__ import annotations

from bot.sandbox.slack.channels import channel_json
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods.paging import page
from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.model import Json, UserGroup
from bot.sandbox.slack.rates import SPECIAL, TIER_2, TIER_3, TIER_4


def auth_test(call: Call) -> Json:
    """Whose token this is."""
    workspace = call.workspace
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain.capitalize(),
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> Json:
    """Says back what it is told; `error` makes it fail."""
    said = {key: value for key, value in call.args.values.items() if key != "token"}
    if "error" in said:
        raise SlackError(str(said["error"]), args=said)
    return {"ok": True, "args": said}


def users_info(call: Call) -> Json:
    """One person, strangers and deactivated ones too."""
    return {"ok": True, "user": call.workspace.user(call.args.text("user")).as_json()}


def users_list(call: Call) -> Json:
    """Everybody of this team."""
    team = [user for user in call.workspace.users.values() if user.team_id == call.workspace.team_id]
    shown, metadata = page(call.args, team, default=1000, most=1000)
    return {"ok": True, "members": [user.as_json() for user in shown], "response_metadata": metadata}


def users_conversations(call: Call) -> Json:
    """The conversations somebody (the app, by default) is in."""
    workspace = call.workspace
    user = call.args.optional("user", workspace.app.bot_user)
    kinds = call.args.ids("types") or ["public_channel"]
    families = {{"public_channel": "channels", "private_channel": "groups"}.get(kind, kind) for kind in kinds}
    inside = [
        channel
        for channel in workspace.channels.values()
        if user in channel.members
        and channel.family in families
        and channel.visible_to(workspace.app.bot_user)
        and not (call.args.flag("exclude_archived") and channel.is_archived)
    ]
    shown, metadata = page(call.args, inside, default=100, most=999)
    channels = [channel_json(workspace, channel) for channel in shown]
    return {"ok": True, "channels": channels, "response_metadata": metadata}


def usergroups_list(call: Call) -> Json:
    """The user groups, with their people if `include_users`."""
    with_users, disabled = call.args.flag("include_users"), call.args.flag("include_disabled")
    listed = [group for group in call.workspace.groups.values() if disabled or not group.disabled]
    groups = [_group_json(group, with_users=with_users) for group in listed]
    return {"ok": True, "usergroups": groups}


def usergroups_users_list(call: Call) -> Json:
    """The people of one group; the deactivated are left out, and a disabled group unless it is asked for."""
    group = call.workspace.groups.get(call.args.text("usergroup"))
    if group is None or (group.disabled and not call.args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    users = [user for user in group.users if not call.workspace.users[user].deleted]
    return {"ok": True, "users": users}


def _group_json(group: UserGroup, *, with_users: bool) -> Json:
    shown: Json = {"id": group.id, "handle": group.handle, "name": group.name, "is_usergroup": True}
    shown["date_delete"] = 1 if group.disabled else 0
    users = {"users": group.users} if with_users else {}
    return {**shown, **users, "user_count": len(group.users)}


METHODS = (
    Method("auth.test", auth_test, None, SPECIAL),
    Method("api.test", api_test, None, SPECIAL),
    Method("users.info", users_info, "users:read", TIER_4),
    Method("users.list", users_list, "users:read", TIER_2),
    Method("users.conversations", users_conversations, "channels:read", TIER_3),
    Method("usergroups.list", usergroups_list, "usergroups:read", TIER_2),
    Method("usergroups.users.list", usergroups_users_list, "usergroups:read", TIER_2),
)
