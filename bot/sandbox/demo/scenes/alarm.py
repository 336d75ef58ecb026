"""A counterparty fails, customers run, monitoring raises the alarm, and Alice takes it up."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import approve, finish, press, published, refused, told

COVERAGE = "Hot wallet coverage is low"
PAGED = "Hot wallet coverage for USDT is 0.11"
HOLDING = "We are looking into a problem"
ALERT_WITHIN = 45.0


async def alarm(play: Play) -> None:
    """From an ordinary night to a declared incident with its people in it."""
    play.screen.scene("An ordinary night, until northbank stops paying")
    play.tell(
        "Market", "minute 5: the counterparty northbank stops paying; minute by minute more people withdraw"
    )
    said = await play.alice.command("/incident list", "incidents")
    play.tell(play.alice, f"looks: {said.reply.splitlines()[0]}")
    await refused(
        play,
        play.carol,
        "/protected-mode on I would like to see what it does",
        "takes",
        "tries protected mode",
    )
    await _suggested(play)
    await _declared(play)
    await asyncio.gather(_gathered(play), _holding(play))


async def _suggested(play: Play) -> None:
    await play.alice.sees(COVERAGE, "incidents", within=ALERT_WITHIN)
    play.tell("Market", "monitoring posts an Alertmanager alert; Breakwater suggests an incident")


async def _declared(play: Play) -> None:
    play.tell(play.alice, "declares it by one click")
    await play.alice.click("Declare", near=COVERAGE, channel="incidents")
    await asyncio.gather(
        play.bob.command("/incident role treasury_lead @bob", "incidents"),
        play.frank.command("/incident role wallet_ops_lead @frank", "incidents"),
    )
    play.tell("Frank", "answers as wallet ops lead, and Bob as treasury lead")
    await play.alice.sees(PAGED, "@breakwater", within=10)
    play.tell(play.alice, f"had been paged directly too: “{PAGED}”")
    await play.bob.click("Declare", near=PAGED, channel="@breakwater")
    play.tell(play.bob, f"clicks too, and is told: {await told(play, play.bob, 'took this up')}")
    await play.until("the incident has its channel", lambda: _has_channel(play))
    play.incident = "-".join(play.channel.split("-")[:2]).upper()
    play.screen.standing.phase = "classify"
    await play.alice.sees("Steps · classify", play.channel, within=10)
    play.tell("Breakwater", f"{play.incident} lives in #{play.channel}: pinned card, steps, everyone invited")


async def _gathered(play: Play) -> None:
    await play.alice.command("/incident role support_lead @dana", play.channel)
    play.tell(play.alice, "makes Dana support lead")
    here = (play.frank, play.erin)
    await asyncio.gather(*(press(play, one, "I'm here", "Roles:") for one in here))
    play.tell("Frank", "is here, and so is Erin, each for the roles that are theirs")
    await play.bring(play.alice, play.carol)
    play.tell(play.carol, "is let into the channel: she sees everything and is entitled to nothing")


async def _holding(play: Play) -> None:
    """The first word goes out before anything else: it is written beforehand, and silence costs most."""
    await finish(play, play.dana, "Publish the holding statement", label="Draft")
    await approve(play, play.dana, HOLDING)
    await published(play, HOLDING, 1)


async def _has_channel(play: Play) -> bool:
    play.channel = next((name for name in await play.alice.channels() if name.startswith("inc-")), "")
    return bool(play.channel)
