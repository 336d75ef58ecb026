"""The doctor's questions to Slack: token, scopes, clock, channel, people and groups."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, good, wrong
from bot.domain.authority import Directory
from bot.slack.manifest import SCOPES
from bot.slack.troubles import known, unfit, what
from bot.slack.troubles import mend as mend_of
from bot.slack.wire import SlackRefused, SlackTrouble, said, web_client
from bot.usecases import groups

SKEW_SECONDS = 60
FEW = 5


async def slack_findings(
    settings: Settings, clock: SystemClock, directory: Directory | None
) -> list[Finding]:
    """All findings about Slack; one that says how to connect it when it is not set up.

    Without a directory, which is when the content is broken, nobody is looked up.
    """
    if not settings.slack_bot_token:
        mend = "make the app with `breakwater manifest`, then set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"
        return [wrong("slack", "not connected", mend)]
    client = web_client(settings.slack_bot_token, settings.slack_api_base_url)
    asked = asyncio.ensure_future(client.auth_test())
    try:
        await said(asked)
    except SlackRefused as trouble:
        said_, mend = _told(trouble, "copy the bot token again from the app's OAuth page")
        return [wrong("slack", f"auth.test: {said_}", mend)]
    except SlackTrouble as trouble:
        what = f"cannot reach SLACK_API_BASE_URL ({settings.slack_api_base_url}): {trouble}"
        return [wrong("slack", what, "check that address, and that this machine is let out to it")]
    answer = asked.result()
    found = [good("slack", f"we are {answer.get('user')} in {answer.get('team')}")]
    found += [_scopes(answer), _clock(clock, answer), await _channel(settings.incidents_channel, client)]
    if directory is None:
        return found
    team = str(answer.get("team_id"))
    return [*found, await _people(directory, client, team), *await _groups(directory, client, team)]


def _scopes(answer: AsyncSlackResponse) -> Finding:
    given = {s.strip() for s in str(answer.headers.get("x-oauth-scopes", "")).split(",") if s.strip()}
    missing = sorted(set(SCOPES) - given)
    if missing:
        mend = "update the app from `breakwater manifest` and install it to the workspace again"
        return wrong("slack scopes", "missing: " + ", ".join(missing), mend)
    return good("slack scopes", f"all {len(SCOPES)} are given")


def _clock(clock: SystemClock, answer: AsyncSlackResponse) -> Finding:
    date = answer.headers.get("date") or answer.headers.get("Date")
    if not date:
        return good("clock", "Slack sent no date to compare with")
    apart = abs((clock.wall() - parsedate_to_datetime(str(date))).total_seconds())
    if apart > SKEW_SECONDS:
        return wrong("clock", f"{apart:.0f} s away from Slack's", "let the machine set its clock by NTP")
    return good("clock", f"within {apart:.0f} s of Slack's")


async def _channel(wanted: str, client: AsyncWebClient) -> Finding:
    name = "incidents channel"
    mend = f"make #{wanted}, or set INCIDENTS_CHANNEL, and invite the bot to it"
    cursor, archived = "", False
    try:
        while True:
            kinds = "public_channel,private_channel"
            page = await said(client.conversations_list(types=kinds, limit=200, cursor=cursor))
            for channel in page.get("channels", []):
                if wanted.removeprefix("#") not in (channel.get("id"), channel.get("name")):
                    continue
                if channel.get("is_archived"):
                    archived = True
                elif channel.get("is_member"):
                    return good(name, f"we are in #{channel['name']}")
                else:
                    how = f"/invite @Breakwater in #{channel['name']}"
                    return wrong(name, f"we are not in #{channel['name']}", how)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
    except SlackTrouble as trouble:
        return wrong(name, *_told(trouble, mend))
    if archived:
        return wrong(name, f"#{wanted} is archived", f"unarchive it; or {mend}")
    return wrong(name, f"there is no channel {wanted} that we can see", mend)


async def _people(directory: Directory, client: AsyncWebClient, team: str) -> Finding:
    """Everyone who may hold a role must be a living, full member of the workspace."""
    holders = directory.holders(directory.roles)
    troubles = []
    for person in holders:
        roles = ", ".join(sorted(role.words for role in directory.eligible(person.id)))
        if not person.slack:
            troubles.append(f"{person.name} ({roles}) has no Slack id")
            continue
        try:
            user = (await said(client.users_info(user=person.slack))).get("user", {})
        except SlackTrouble as trouble:
            troubles.append(f"{person.name} ({roles}): {_told(trouble, '')[0]}")
            continue
        if code := unfit(team, user):
            troubles.append(f"{person.name} ({roles}): {what(SlackRefused(code))}")
    if troubles:
        said_ = f"{len(troubles)} of {len(holders)}: {'; '.join(troubles[:FEW])}"
        return wrong("people", said_, "correct their Slack ids in people.yaml, or give the roles to others")
    return good("people", f"all {len(holders)} who may hold a role are members")


async def _groups(directory: Directory, client: AsyncWebClient, team: str) -> list[Finding]:
    """Each user group that people.yaml names: there, enabled, and with somebody in it who may hold a role."""
    wanted = groups.wanted(directory)
    if not wanted:
        return []
    mend = "list the people in people.yaml instead"
    try:
        listed = (await said(client.usergroups_list(include_disabled=True)))["usergroups"]
    except SlackTrouble as trouble:
        return [wrong("groups", *_told(trouble, mend))]
    known = {str(g["id"]): g for g in listed}
    return [await _group(g, directory, known.get(g), client, team) for g in wanted]


async def _group(
    group: str, directory: Directory, listed: dict[str, Any] | None, client: AsyncWebClient, team: str
) -> Finding:
    name = f"group {(listed or {}).get('handle') or group} ({groups.roles_of(directory, group)})"
    if listed is None or listed.get("date_delete"):
        return wrong(name, *_told(SlackRefused("subteam_disabled" if listed else "no_such_subteam"), ""))
    try:
        ids = (await said(client.usergroups_users_list(usergroup=group)))["users"]
        users = [(await said(client.users_info(user=one)))["user"] for one in ids]
    except SlackTrouble as trouble:
        return wrong(name, *_told(trouble, "try again"))
    fit = sum(1 for user in users if not unfit(team, user))
    if not fit:
        return wrong(name, "nobody in it may hold a role", "put full members into it, or list people instead")
    left_out = f", {len(users) - fit} are guests or strangers and hold none" if len(users) > fit else ""
    return good(name, f"{fit} may hold the role{left_out}")


def _told(trouble: SlackTrouble, otherwise: str) -> tuple[str, str]:
    """What happened, and how to mend it."""
    if isinstance(trouble, SlackRefused):
        return f"{what(trouble)} ({trouble.code})", mend_of(trouble) if known(trouble) else otherwise
    return str(trouble), otherwise
