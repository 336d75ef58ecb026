"""The doctor's questions to Slack: token, scopes, clock, channel and people."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, good, wrong
from bot.domain.authority import Directory
from bot.slack.manifest import SCOPES
from bot.slack.wire import SlackRefused, SlackTrouble, said, web_client

SKEW_SECONDS = 60


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
        mend = "copy the bot token again from the app's OAuth page"
        return [wrong("slack", f"auth.test: {trouble}", mend)]
    except SlackTrouble as trouble:
        what = f"cannot reach SLACK_API_BASE_URL ({settings.slack_api_base_url}): {trouble}"
        return [wrong("slack", what, "check that address, and that this machine is let out to it")]
    answer = asked.result()
    found = [good("slack", f"we are {answer.get('user')} in {answer.get('team')}")]
    found += [_scopes(answer), _clock(clock, answer), await _channel(settings.incidents_channel, client)]
    return [*found, await _people(directory, client)] if directory else found


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
    mend = f"make #{wanted}, or set INCIDENTS_CHANNEL, and invite the bot to it"
    cursor = ""
    try:
        while True:
            kinds = "public_channel,private_channel"
            page = await said(
                client.conversations_list(types=kinds, exclude_archived=True, limit=200, cursor=cursor)
            )
            for channel in page.get("channels", []):
                if wanted in (channel.get("id"), channel.get("name")):
                    if channel.get("is_member"):
                        return good("incidents channel", f"we are in #{channel['name']}")
                    return wrong("incidents channel", f"we are not in #{channel['name']}", mend)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return wrong("incidents channel", f"there is no channel {wanted} that we can see", mend)
    except SlackTrouble as trouble:
        return wrong("incidents channel", str(trouble), mend)


async def _people(directory: Directory, client: AsyncWebClient) -> Finding:
    """Everyone who may hold a role must be a living, full member of the workspace."""
    holders = directory.holders(directory.roles)
    troubles = []
    for person in holders:
        if not person.slack:
            troubles.append(f"{person.name} has no Slack id")
            continue
        try:
            user = (await said(client.users_info(user=person.slack))).get("user", {})
        except SlackTrouble as trouble:
            troubles.append(f"{person.name}: {trouble}")
            continue
        if user.get("deleted") or user.get("is_restricted") or user.get("is_ultra_restricted"):
            troubles.append(f"{person.name} is deactivated or a guest")
    if troubles:
        said_ = f"{len(troubles)} of {len(holders)}, the first: {troubles[0]}"
        return wrong("people", said_, "correct runbooks/platform/people.yaml")
    return good("people", f"all {len(holders)} who may hold a role are members")
