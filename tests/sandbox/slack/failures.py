"""Asking the SDK what goes wrong."""

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

INCIDENTS = "C02INCIDENTS"


async def failure(client: AsyncWebClient, method: str, **args: Any) -> str | None:
    """The error code with which Slack refuses, or None when it does not."""
    try:
        await client.api_call(method, json=args)
    except SlackApiError as refusal:
        return str(refusal.response["error"])
    return None
