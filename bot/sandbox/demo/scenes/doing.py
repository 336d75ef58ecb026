"""What people do over and over: finish a step, pass one over, approve a text, be refused."""

from __future__ import annotations

import asyncio
from textwrap import shorten

from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.people import NotSeen, Person
from bot.sandbox.people.line import Refused

WITHIN = 15.0
SOON = 3.0
A_GLANCE = 0.2
TRIES = 30
NOTHING = "Nothing was changed"


async def finish(
    play: Play, who: Person, step: str, *, label: str = "Done", field: str = "", words: str = ""
) -> None:
    """Press a step's first button; read what opens, fill in the field that asks for words, send it."""
    await press(play, who, label, step)
    if field:
        await who.fill(field, words)
    if field or await who.look():
        await sent(who, step)
    play.tell(who, f"{label.lower()}: {step}" + (f" — “{words}”" if words else ""))


async def skip(play: Play, who: Person, step: str, why: str) -> None:
    """Pass a step over, with the reason."""
    await press(play, who, "Skip", step)
    await who.fill("Why is it passed over?", why)
    await sent(who, step)
    play.tell(who, f"skips: {step} — “{why}”")


async def press(play: Play, who: Person, label: str, step: str) -> None:
    """Press the button nearest to these words, as soon as both are there; again when it moved meanwhile."""
    await who.sees(step, play.channel, within=WITHIN)
    trouble = ""
    for _ in range(TRIES):
        try:
            answer = await who.click(label, near=step, channel=play.channel)
        except (NotSeen, Refused) as moved:  # the message was redrawn between the look and the click
            trouble = str(moved)
            await asyncio.sleep(A_GLANCE)
            continue
        if answer.ok:
            return
        raise SceneFailed(f"{who.name} could not press {label} at “{step}”: {answer.error} {answer.saw}")
    raise SceneFailed(f"{who.name} could not press {label} at “{step}”: {trouble}")


async def sent(who: Person, what: str) -> None:
    """Send the open modal. Raises SceneFailed with what it complains of."""
    complaints = await who.submit()
    if complaints:
        raise SceneFailed(f"{who.name}, “{what}”: {'; '.join(complaints.values())}")
    if NOTHING in who.modal:
        raise SceneFailed(f"{who.name}, “{what}”: {' '.join(who.modal.split())}")
    if who.modal:
        await who.close(everything=True)


async def commanded(play: Play, who: Person, text: str, expected: str) -> str:
    """Type a command that must be carried out; its private answer. Raises SceneFailed."""
    answer = await who.command(text, play.channel)
    if not answer.ok or expected not in answer.reply:
        raise SceneFailed(f"{who.name} typed {text!r} and was told: {answer.reply or answer.saw}")
    return answer.reply


async def refused(play: Play, who: Person, text: str, expected: str, what: str) -> None:
    """Type a command that must be refused in private, and tell so. Raises SceneFailed."""
    answer = await who.command(text)
    if expected not in answer.reply:
        raise SceneFailed(f"{who.name} typed {text!r} and was not refused: {answer.reply or answer.saw}")
    _note(play, who, what, answer.reply)


async def refused_click(play: Play, who: Person, label: str, near: str, expected: str, what: str) -> None:
    """Press a button that must be refused in private, and tell so. Raises NotSeen."""
    await press(play, who, label, near)
    _note(play, who, what, await told(play, who, expected))


async def told(play: Play, who: Person, expected: str) -> str:
    """The private word about the last click: a message, or a form where none could be written in time."""
    words = ""

    async def heard() -> bool:
        nonlocal words
        try:
            words = await who.hears(expected)
        except NotSeen:
            words = await who.look()
        return expected in words

    await play.until(f"{who.name} is told “{expected}”", heard, within=WITHIN)
    if who.modal:
        await who.close(everything=True)
    return words


async def approve(play: Play, who: Person, text: str) -> None:
    """Approve the newest draft with this title, again where the facts have moved on meanwhile."""
    await who.sees(text, play.channel, within=WITHIN)
    for _ in range(TRIES):
        if await tries_to_approve(play, who, text):
            return
    raise SceneFailed(f"{who.name} could not approve “{text}”; last told: {who.reply or 'nothing'}")


async def tries_to_approve(play: Play, who: Person, text: str, about: str = "") -> bool:
    """Approve the newest draft with this title if there is one; False when it was overtaken by the facts.

    `about` says in the story what this text of several with one title is about.
    """
    try:
        await who.click("Approve", near=text, channel=play.channel)
        told = await who.hears("", within=SOON)
    except (NotSeen, Refused):  # none is there, or it was redrawn under the finger
        await asyncio.sleep(A_GLANCE)
        return False
    if "is approved" in told:
        play.tell(who, f"approves “{text}”" + (f": {about}" if about else ""))
    return "is approved" in told


async def published(play: Play, text: str, times: int) -> None:
    """Wait until so many updates are on the public page."""

    async def there() -> bool:
        return await play.eye.look() >= times

    await play.until(f"“{text}” is on the status page", there, within=WITHIN)
    play.tell(
        "Breakwater", f"publishes “{text}”: {times} update{'' if times == 1 else 's'} on the status page"
    )


async def seen_done(play: Play, *steps: str) -> None:
    """See on the board that these steps are finished. Raises NotSeen."""
    for step in steps:
        await play.alice.sees(f"• {step}", play.channel, within=WITHIN)


def _note(play: Play, who: Person, what: str, said: str) -> None:
    line = " ".join(said.split())
    play.notes.refusals.append(f"{who.name} {what}: {line}")
    play.tell(who, f"{what} and is refused: {shorten(line, 150, placeholder=' …')}")
