"""The jobs that decisions ask for: their keys, kinds and lanes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.base import Environment
from bot.domain.control import TARGET
from bot.usecases.ports import Context, Tx

ACTUATION = "actuation"
VIEWS = "views"
PAGES = "pages"
HOMES = "homes"
WORDS = "words"
ROOMS = "rooms"
TIME = "time"
RECORD = "record"
CHARTS = "charts"
DIGEST_EVERY = timedelta(minutes=5)
# Pages to one person wait for each other, and what is said beside the cards comes in storms: without places
# of their own they would hold the cards up, as the cards of every incident would hold up the Homes.
LANES = {ACTUATION: 16, VIEWS: 12, WORDS: 6, HOMES: 4, PAGES: 6, ROOMS: 8, TIME: 2, RECORD: 1, CHARTS: 1}


async def actuate(tx: Tx, environment: Environment, control_id: str, target: str = TARGET) -> None:
    """Bring a control to what is desired."""
    await tx.jobs.want(f"actuate:{environment}:{control_id}:{target}", "actuate", ACTUATION)


async def draw(tx: Tx, incident_id: str) -> None:
    """Redraw the incident's card and steps, and the Homes that show it."""
    await tx.jobs.want(f"card:{incident_id}", "card", VIEWS)
    await homes(tx)


async def homes(tx: Tx) -> None:
    """Redraw the Home of everyone who has ever opened theirs."""
    await tx.jobs.want("homes", "homes", HOMES)


async def home(tx: Tx, slack_user: str) -> None:
    """Redraw one Slack user's Home."""
    await tx.jobs.want(f"home:{slack_user}", "home", HOMES)


async def follow(tx: Tx, incident_id: str) -> None:
    """Redraw what is told, once what is observed, or what customers ask in such an incident, has changed."""
    await tx.jobs.want(f"follow:{incident_id}", "follow", TIME)


async def open_room(tx: Tx, incident_id: str) -> None:
    """Make the incident's channel, card, announcement and invitations."""
    await tx.jobs.want(f"room:{incident_id}", "room", ROOMS)


async def invite(tx: Tx, incident_id: str) -> None:
    """Invite whoever holds a role and is not there yet."""
    await tx.jobs.want(f"invite:{incident_id}", "invite", ROOMS)


async def show(tx: Tx, what: str, which: str) -> None:
    """Post or redraw the message of one proposal, publication (`draft`) or suggestion."""
    await tx.jobs.want(f"{what}:{which}", what, WORDS if what == "announcement" else VIEWS)
    if what == "suggestion":
        await homes(tx)


async def say(tx: Tx, key: str, incident_id: str, text: str, **more: Any) -> None:
    """Post one line into an incident's channel, once. `text` is mrkdwn with people's words escaped."""
    payload = {"incident": incident_id, "text": text, **more}
    await tx.jobs.want(f"say:{key}", "say", VIEWS, payload=payload)


async def look_up_people(tx: Tx) -> None:
    """Read Slack's user groups and look up everyone who may hold a role, from now on."""
    await tx.jobs.want("people", "people", WORDS)


async def warn(tx: Tx, key: str, text: str) -> None:
    """Post one line into the incidents channel, once. `text` as in `say`."""
    await tx.jobs.want(f"warn:{key}", "warn", VIEWS, payload={"text": text})


async def chart(tx: Tx, key: str, incident_id: str, signals: Sequence[str] = ()) -> None:
    """Draw a chart of these signals, or of the usual ones, into an incident's own channel, once."""
    payload = {"incident": incident_id, "signals": list(signals)}
    await tx.jobs.want(f"chart:{incident_id}:{key}", "chart", CHARTS, payload=payload)


async def tell(tx: Tx, key: str, slack_user: str, channel: str, text: str) -> None:
    """Answer one Slack user privately, in a channel or, without one, directly. `text` as in `say`."""
    payload = {"user": slack_user, "channel": channel, "text": text}
    await tx.jobs.want(f"tell:{key}", "tell", WORDS, payload=payload)


async def page(
    ctx: Context,
    tx: Tx,
    key: str,
    person_ids: list[str],
    text: str,
    incident_id: str | None = None,
    suggestion_id: str | None = None,
    *,
    review: bool = False,
) -> None:
    """Send danger straight to people; under one key each person hears it once, ever. `text` is plain.

    With a suggestion's id the message carries the buttons that decide on it, with `review` those that answer
    for what the incident holds.
    """
    for person in person_ids:
        if not await tx.keepsakes.first_time("page", f"{key}:{person}", ctx.clock.now()):
            continue
        payload = {"person": person, "text": text, "incident": incident_id, "suggestion": suggestion_id}
        payload["review"] = incident_id if review else None
        await tx.jobs.want(f"page:{key}:{person}", "page", PAGES, payload=payload)


async def nudge(ctx: Context, tx: Tx, person_id: str) -> None:
    """Put a person on the list for the next digest; at most one every five minutes."""
    due = ctx.clock.wall_for(ctx.clock.now() + DIGEST_EVERY)
    await tx.jobs.want(f"digest:{person_id}", "digest", TIME, due=due)


async def at(ctx: Context, tx: Tx, moment: datetime, kind: str, *which: str) -> None:
    """A deadline: the job `kind:which…` is due at a moment of business time, whatever was said before."""
    await tx.jobs.want(":".join((kind, *which)), kind, TIME, due=ctx.clock.wall_for(moment), move=True)


async def head(tx: Tx, incident_id: str, phase_round: int, text: str) -> None:
    """Post or redraw the one message of a phase in which signed heads are told; the newest counts."""
    payload = {"incident": incident_id, "text": text}
    await tx.jobs.want(f"head:{incident_id}:{phase_round}", "head", VIEWS, payload=payload)


async def anchor(tx: Tx, incident_id: str, phase: str) -> None:
    """Sign the ledger's head and take it outside."""
    payload = {"incident": incident_id}
    await tx.jobs.want(f"anchor:{incident_id}:{phase}", "anchor", RECORD, payload=payload)
