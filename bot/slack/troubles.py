"""What Slack will not do, in one sentence that says what happened and how to mend it.

The codes are those of https://docs.slack.dev/reference/methods and were met by other apps, too.
"""

from __future__ import annotations

import re
from typing import Any

from bot.slack.wire import SlackRefused

LOST = frozenset({"is_archived", "channel_not_found", "not_in_channel", "channel_is_archived", "is_inactive"})
"""We cannot speak in that channel any more."""

SHUT = frozenset(
    {
        *("invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"),
        *("org_login_required", "ekm_access_denied", "team_access_not_granted", "two_factor_setup_required"),
    }
)
"""Slack does not know us any more: nothing can be done there until somebody mends it."""

MENDABLE = frozenset(
    {
        *("missing_scope", "no_permission", "not_allowed_token_type", "enterprise_is_restricted"),
        *("access_denied", "restricted_action", "restricted_action_read_only_channel"),
        *("posting_to_general_channel_denied", "unknown_method", "method_deprecated"),
    }
)
"""An administrator can mend it, so that what waits is worth keeping."""

_REINSTALL = "update the app from `breakwater manifest` and install it to the workspace again"
_TOKEN = "install the app again and set SLACK_BOT_TOKEN to its new token"  # noqa: S105 - words
_ADMIN = "ask a workspace admin to let the app"
_ROOM = "invite the app there with /invite @Breakwater"
_PERSON = "mend their Slack id in people.yaml, or give the role to somebody else"
_GUEST = "let an admin make them a full member, or give the role to somebody else"
_DEFECT = "this is a defect of ours; the log has more"

_SAYS: dict[str, tuple[str, str]] = {
    "missing_scope": ("the app lacks the scope {needed}", _REINSTALL),
    "no_permission": ("the app may not call {method}", _REINSTALL),
    "not_allowed_token_type": (
        "{method} wants another kind of token",
        "set SLACK_BOT_TOKEN to the xoxb- token",
    ),
    "unknown_method": (
        "Slack knows no method {method}",
        "check SLACK_API_BASE_URL, and look for a newer Breakwater",
    ),
    "method_deprecated": ("Slack has withdrawn {method}", "look for a newer Breakwater"),
    "enterprise_is_restricted": (
        "the organisation forbids {method}",
        "ask an organisation admin to let the app",
    ),
    "team_access_not_granted": (
        "the app is not let into this workspace",
        "ask an organisation admin to let it in",
    ),
    "plan_upgrade_required": (
        "the workspace's plan has no {method}",
        "list the people in people.yaml instead",
    ),
    "paid_teams_only": ("the workspace's plan has no {method}", "list the people in people.yaml instead"),
    "access_denied": ("the workspace does not let the app call {method}", _ADMIN),
    "restricted_action": ("the workspace does not let the app call {method}", _ADMIN),
    "restricted_action_read_only_channel": (
        "only some may post there",
        f"{_ADMIN} post, or choose another channel",
    ),
    "posting_to_general_channel_denied": (
        "only some may post there",
        f"{_ADMIN} post, or choose another channel",
    ),
    "is_archived": ("the channel is archived", "unarchive it, or go on elsewhere"),
    "channel_is_archived": ("the channel is archived", "unarchive it, or go on elsewhere"),
    "is_inactive": ("the channel is frozen", "ask a workspace admin, or go on elsewhere"),
    "channel_not_found": ("the channel is gone, or the app is not in it", _ROOM),
    "not_in_channel": ("the app is not in the channel", _ROOM),
    "name_taken": ("the channel's name is taken", "archive or rename the other channel"),
    "invalid_auth": (
        "the bot token is not valid",
        "copy it again from the app's OAuth page into SLACK_BOT_TOKEN",
    ),
    "not_authed": ("no bot token was sent", "set SLACK_BOT_TOKEN"),
    "token_revoked": ("the bot token was revoked", _TOKEN),
    "token_expired": ("the bot token has expired", _TOKEN),
    "account_inactive": ("the app was removed from the workspace", _TOKEN),
    "user_not_found": ("Slack knows no such person", _PERSON),
    "users_not_found": ("Slack knows no such person", _PERSON),
    "user_disabled": ("the account is deactivated", _PERSON),
    "cant_invite": ("the account is deactivated, or may not be invited", _PERSON),
    "user_is_restricted": ("is a guest, whom an app cannot let in", _GUEST),
    "user_is_ultra_restricted": ("is a guest of one channel, whom an app cannot let in", _GUEST),
    "user_team_not_in_channel": ("belongs to another workspace", _PERSON),
    "org_user_not_in_team": ("is not in this workspace", _PERSON),
    "cannot_dm_bot": ("is a bot", _PERSON),
    "user_is_bot": ("is a bot", _PERSON),
    "no_such_subteam": ("there is no such user group", "mend its id under `groups` in people.yaml"),
    "subteam_disabled": ("the user group is disabled", "enable it, or list its people in people.yaml"),
    "upload_url_elsewhere": ("Slack named a strange place for the file", "check SLACK_API_BASE_URL"),
}


def what(refused: SlackRefused) -> str:
    """What happened, as part of a sentence."""
    return _filled(refused)[0]


def mend(refused: SlackRefused) -> str:
    """How to mend it, as part of a sentence."""
    return _filled(refused)[1]


def known(refused: SlackRefused) -> bool:
    """Whether we know what this refusal means."""
    return refused.code in _SAYS or refused.code.startswith("restricted_action")


def unfit(team: str, user: dict[str, Any]) -> str:
    """Slack's code for what keeps a user from holding a role; empty for a full member of our own team."""
    if user.get("deleted"):
        return "user_disabled"
    if user.get("is_bot"):
        return "user_is_bot"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "user_is_restricted"
    return "user_team_not_in_channel" if user.get("is_stranger") or user.get("team_id") != team else ""


def advice(refused: SlackRefused) -> str:
    """What happened and how to mend it."""
    happened, mending = _filled(refused)
    return f"{happened} ({refused.code}); {mending}"


def _filled(refused: SlackRefused) -> tuple[str, str]:
    code = refused.code
    general = "restricted_action" if code.startswith("restricted_action") else code
    happened, mending = _SAYS.get(code) or _SAYS.get(general) or ("Slack refused {method}", _DEFECT)
    facts = {
        "needed": _name(refused.needed) or "it needs",
        "method": _name(refused.method) or "what was asked",
    }
    return happened.format_map(facts), mending


def _name(raw: str) -> str:
    """A scope's or method's name, in which nothing can be markup."""
    return re.sub(r"[^\w.:,-]", "", raw)[:80]
