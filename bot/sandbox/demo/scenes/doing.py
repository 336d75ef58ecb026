"""What people do over and over: finish a step, pass one over, approve a text, be refused."""

from __future__ import annotations

from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.people import NotSeen, Person

WITHIN = 15.0
SOON = 3.0
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
    """Press one of a step's buttons, as soon as the step is on the board."""
    await who.sees(step, play.channel, within=WITHIN)
    answer = await who.click(label, near=step, channel=play.channel)
    if not answer.ok:
        raise SceneFailed(f"{who.name} could not press {label} at “{step}”: {answer.error} {answer.saw}")


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
    await who.sees(near, play.channel, within=WITHIN)
    await who.click(label, near=near, channel=play.channel)
    _note(play, who, what, await who.hears(expected, within=WITHIN))


async def approve(play: Play, who: Person, text: str) -> None:
    """Approve the newest draft with this title, again where the facts have moved on meanwhile."""
    approved = f"“{text}” is approved"
    for _ in range(6):
        await who.sees(text, play.channel, within=WITHIN)
        try:
            await who.click("Approve", near=text, channel=play.channel)
            await who.hears(approved, within=SOON)
        except NotSeen:
            continue
        play.tell(who, f"approves “{text}”")
        return
    raise SceneFailed(f"{who.name} could not approve “{text}”; last told: {who.reply or 'nothing'}")


async def published(play: Play, text: str, times: int) -> None:
    """Wait until so many updates are on the public page."""

    async def there() -> bool:
        return await play.eye.look() >= times

    await play.until(f"“{text}” is on the status page", there, within=WITHIN)
    play.tell("Breakwater", f"publishes “{text}”: {times} updates on the status page")


async def seen_done(play: Play, *steps: str) -> None:
    """See on the board that these steps are finished. Raises NotSeen."""
    for step in steps:
        await play.alice.sees(f"• {step}", play.channel, within=WITHIN)


def _note(play: Play, who: Person, what: str, said: str) -> None:
    line = " ".join(said.split())
    play.notes.refusals.append(f"{who.name} {what}: {line}")
    play.tell(who, f"{what} and is refused: {line[:150]}")
