"""Protected mode, and the bot killed in the middle of it."""

from __future__ import annotations

import re

from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.scenes.doing import refused

WHY = "Northbank has paused withdrawals, coverage is far below 1 and still falling"
SLOW_MS = 300
TARGET = {"max_per_transaction": "500"}
WHOLE_WITHIN = 40.0
_WHOLE = re.compile(r"PROTECTED (\d+)/\1\b")


async def protection(play: Play) -> None:
    """Preview, confirm, SIGKILL, and protection all the same."""
    play.screen.scene("Protect: every control at once, and the bot killed in the middle of it")
    await refused(play, play.carol, f"/protected-mode on {WHY}", "takes", "tries protected mode again")
    await _ordered(play)
    await _killed(play)
    await _whole(play)


async def _ordered(play: Play) -> None:
    alice = play.alice
    preview = (await alice.command(f"/protected-mode on {WHY}", play.channel)).reply
    moves = [line for line in preview.splitlines() if "→" in line]
    if "nothing is set yet" not in preview or not moves:
        raise SceneFailed(f"no preview of protected mode, but: {preview}")
    impact = next((line for line in preview.splitlines() if line.startswith("Impact")), "")
    play.tell(alice, f"types /protected-mode on and reads the preview: {len(moves)} controls. {impact}")
    play.tell("Breakwater", f"for example {moves[0].strip('• ')}")
    await play.market.slow_down(SLOW_MS)
    await alice.click("Set protected mode", channel=play.channel)
    play.tell(alice, f"confirms: “{WHY}”")
    play.screen.standing.phase = "protected"


async def _killed(play: Play) -> None:
    """Kill the bot at the first effect: the others are on their way, and nothing is recorded as confirmed."""
    play.notes.protected_at = play.now()
    await play.until("the first control of protected mode moves", lambda: _moves(play), every=0.01)
    play.notes.killed_at = play.now()
    play.notes.bot_exit = await play.stage.bot.kill()
    play.screen.standing.bot = "KILLED"
    play.tell("Market", "SIGKILL to the bot while its orders are under way")
    await play.market.slow_down(0)
    said = await play.alice.command("/protected-mode status", play.channel)
    play.tell(play.alice, f"asks how far it is; Slack says: {said.saw}")
    play.notes.bot_back_after = await play.stage.revive_bot()
    play.screen.standing.bot = "up"
    play.tell(
        "Breakwater", f"is back after {play.notes.bot_back_after:.1f} s and goes on where the record stands"
    )


async def _moves(play: Play) -> bool:
    """Whether a withdrawal limit of protected mode has taken effect."""
    return any(c["value"].get("max_per_transaction") == "500" for c in await play.market.controls())


async def _whole(play: Play) -> None:
    async def confirmed() -> bool:
        found = _WHOLE.search(" ".join(await play.alice.pins(play.channel)))
        play.notes.mode_confirmed = found[0] if found else play.notes.mode_confirmed
        return found is not None

    await play.until("protected mode is confirmed whole", confirmed, within=WHOLE_WITHIN)
    play.screen.standing.read_card(play.notes.mode_confirmed)
    play.tell("Breakwater", f"{play.notes.mode_confirmed} confirmed, each read back from the marketplace")
