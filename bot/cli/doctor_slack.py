"""The doctor's questions to Slack: token, scopes, clock, channel and people."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.bootstrap.build import Parts
from bot.cli.findings import Finding, good, wrong
from bot.slack.manifest import SCOPES
from bot.slack.wire import SlackTrouble, said, web_client

SKEW_SECONDS = 60


async def slack_findings(parts: Parts) -> list[Finding]:
    """All findings about Slack; one that says how to connect it when it is not set up."""
    settings = parts.settings
    if not settings.slack_bot_token:
        mend = "make the app with `breakwater manifest`, then set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"
        return [wrong("slack", "not connected", mend)]
    client = web_client(settings.slack_bot_token, settings.slack_api_base_url)
    try:
        answer = await client.auth_test()
    except (SlackApiError, OSError) as error:
        code = (
            error.response.get("error", "unknown")
            if isinstance(error, SlackApiError)
            else type(error).__name__
        )
        return [
            wrong("slack", f"auth.test answers {code}", "copy the bot token again from the app's OAuth page")
        ]
    found = [good("slack", f"we are {answer.get('user')} in {answer.get('team')}")]
    found += [_scopes(answer), _clock(parts, answer)]
    return [*found, await _channel(parts, client), await _people(parts, client)]


def _scopes(answer: AsyncSlackResponse) -> Finding:
    given = {s.strip() for s in str(answer.headers.get("x-oauth-scopes", "")).split(",") if s.strip()}
    missing = sorted(set(SCOPES) - given)
    if missing:
        mend = "update the app from `breakwater manifest` and install it to the workspace again"
        return wrong("slack scopes", "missing: " + ", ".join(missing), mend)
    return good("slack scopes", f"all {len(SCOPES)} are given")


def _clock(parts: Parts, answer: AsyncSlackResponse) -> Finding:
    date = answer.headers.get("date") or answer.headers.get("Date")
    if not date:
        return good("clock", "Slack sent no date to compare with")
    apart = abs((parts.ctx.clock.wall() - parsedate_to_datetime(str(date))).total_seconds())
    if apart > SKEW_SECONDS:
        return wrong("clock", f"{apart:.0f} s away from Slack's", "let the machine set its clock by NTP")
    return good("clock", f"within {apart:.0f} s of Slack's")


async def _channel(parts: Parts, client: AsyncWebClient) -> Finding:
    wanted = parts.settings.incidents_channel
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


async def _people(parts: Parts, client: AsyncWebClient) -> Finding:
    """Everyone who may hold a role must be a living, full member of the workspace."""
    directory = parts.ctx.content.now.directory
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
