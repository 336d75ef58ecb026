"""What the Slack room is told at the start."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`incidents_channel` is a name or an id; `public_url` goes into links, without a slash at its end."""

    incidents_channel: str = "incidents"
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in Slack; `team_id` is known when auth.test was asked, else the first request tells it."""

    bot_token: str = field(repr=False)
    bot_id: str | None = None
    bot_user_id: str | None = None
    team_id: str | None = None
