"""Every Slack job by its kind, and what Slack's failures mean to the queue."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import NotFound, Stale
from bot.slack.caller import Caller, Paced, SlackShut
from bot.slack.jobs import charts, people, rooms, views, words
from bot.slack.jobs.brief import brief
from bot.slack.jobs.by_hand import by_hand
from bot.slack.jobs.desk import LATER, Draw, JobDesk, complain, no_drawing
from bot.slack.jobs.evidence import evidence
from bot.slack.jobs.home import Homes
from bot.slack.pace import Pace
from bot.slack.publisher import Publisher
from bot.slack.settings import SlackSettings
from bot.slack.troubles import MENDABLE, advice
from bot.slack.wire import SlackAway, SlackRefused
from bot.usecases import troubles
from bot.usecases.ports import Again, Context, Handler, Job, Retry

LONGEST = timedelta(seconds=30)
SHUT_FOR = timedelta(seconds=60)
Work = Callable[[JobDesk, Job], Awaitable[Again | None]]
log = structlog.get_logger(__name__)

KINDS: dict[str, Work] = {
    "room": rooms.room,
    "invite": rooms.invite,
    "announcement": views.announce,
    "proposal": views.proposal,
    "draft": views.draft,
    "suggestion": views.suggestion,
    "by_hand": by_hand,
    "evidence": evidence,
    "brief": brief,
    "say": words.say,
    "head": words.head,
    "page": words.page,
    "tell": words.tell,
    "chart": charts.chart,
    "warn": words.warn,
    "people": people.people,
}
SLACK_KINDS = ("card", "homes", "home", *KINDS)


def slack_handlers(
    ctx: Context,
    client: AsyncWebClient,
    settings: SlackSettings,
    monotonic: Callable[[], float] = time.monotonic,
    draw: Draw = no_drawing,
) -> dict[str, Handler]:
    """A handler for every kind of Slack job. They raise Retry while Slack is away, and StoreAway."""
    call = Caller(client, Pace(monotonic))
    desk = JobDesk(ctx, call, Publisher(ctx, call, settings.incidents_channel, monotonic), monotonic, draw)
    cards = views.Cards(desk)
    homes = Homes(desk)
    every: dict[str, Work] = {
        **KINDS,
        "card": lambda _desk, job: cards(job),
        "homes": lambda _desk, job: homes.all(job),
        "home": lambda _desk, job: homes.one(job),
    }
    token = Token(desk)
    return {kind: _handler(desk, work, token) for kind, work in every.items()}


def _handler(desk: JobDesk, work: Work, token: Token) -> Handler:
    async def handle(job: Job) -> Again | None:
        try:
            answer = await work(desk, job)
            await token.known()
        except Paced as paced:
            return Again(paced.turn)
        except SlackShut as shut:
            await token.refused(shut)
            raise Retry(str(shut), SHUT_FOR) from None
        except SlackAway as away:
            raise Retry(str(away), away.after or backoff(job.attempts)) from None
        except Stale as stale:
            raise Retry(str(stale), timedelta(milliseconds=50)) from None
        except SlackRefused as refused:
            complain(refused, job=job.key)
            if refused.code in MENDABLE:
                raise Retry(advice(refused), LATER) from None
            return None
        except NotFound as missing:
            log.warning("slack.nothing_to_show", job=job.key, reason=str(missing))
            return None
        return answer

    return handle


@dataclass(slots=True)
class Token:
    """Whether Slack still takes our token: said once in the log, and remembered for the doctor."""

    desk: JobDesk
    shut: bool | None = None

    async def refused(self, shut: SlackShut) -> None:
        """Slack no longer takes it; everything waits, and nothing is lost."""
        if not self.shut:
            self.shut = True
            log.error("slack.shut", reason=str(shut))
            await troubles.keep(self.desk.ctx, "token", f"Slack refuses us: {shut}.")

    async def known(self) -> None:
        """Slack takes it, if it has answered at all."""
        if self.shut is not False and self.desk.call.answered:
            self.shut = False
            await troubles.mended(self.desk.ctx, ["token"])


def backoff(attempts: int) -> timedelta:
    """A second, two, four … thirty at most."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), 5)), LONGEST)
