"""After the last scene: what is taken out of the world before it ends, and what must have held."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.sandbox.demo.checks import Check, Evidence, all_checks
from bot.sandbox.demo.figures import SCENARIO, Figures, figures
from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.public import pretty
from bot.sandbox.demo.record import Record, read_bundle
from bot.sandbox.demo.truth import read_levels
from bot.sandbox.marketplace.model import counterfactual
from bot.sandbox.people.line import Line

Json = dict[str, Any]


async def finale(play: Play, out: Path) -> tuple[list[Check], Figures]:
    """Leave every artifact in `out` and judge the performance. Raises SceneFailed."""
    await play.eye.look()
    await play.eye.keep_status("99-end")
    world = play.stage.world
    history = await play.market.history()
    record = await _ledger(play, out)
    measured = figures(record, history, world.seed)
    await _review(play, out, history)
    line = Line(world.slack_url)
    deliveries = (await line.get("deliveries"))["deliveries"]
    play.notes.slowest_ack_ms = max((d["ms"] for d in deliveries if d["status"] == 200), default=0.0)  # noqa: PLR2004 - OK
    seen = Evidence(
        notes=play.notes,
        record=record,
        controls=await play.market.controls(),
        audit=await play.market.audit(),
        updates=sorted(play.eye.updates.values(), key=lambda u: str(u["created_at"])),
        macros=play.eye.macros,
        refusals=(await line.get("refusals"))["refusals"],
        levels=read_levels(world.root / "runbooks" / "platform" / "controls.yaml"),
        figures=measured,
        verify=await play.stage.breakwater("audit", "verify"),
        out=out,
    )
    return all_checks(seen), measured


async def _ledger(play: Play, out: Path) -> Record:
    status, said = await play.stage.breakwater("audit", "export", str((out / "ledger").absolute()))
    if status:
        raise SceneFailed(f"the ledger could not be exported: {said}")
    return read_bundle(out / "ledger")


async def _review(play: Play, out: Path, history: Json) -> None:
    comparison = out / "comparison.json"
    comparison.write_text(pretty(compared(history, play.stage.world.seed)), "utf-8")
    to, beside = str((out / "review.html").absolute()), str(comparison.absolute())
    status, said = await play.stage.breakwater("review", play.incident, "--out", to, "--comparison", beside)
    if status:
        raise SceneFailed(f"the review could not be written: {said}")


def compared(history: Json, seed: int) -> Json:
    """Own funds in USDT, minute by minute: as they were, and from the same seed had nobody acted."""
    ticks = history["records"]
    idle = counterfactual(seed, SCENARIO, len(ticks), cause_ended_at=history["cause_ordered_tick"])
    pairs = [(tick["minute"], tick["assets"]["USDT"]) for tick in ticks]
    alone = [((t.second + history["tick_seconds"]) // 60, t.as_json()["assets"]["USDT"]) for t in idle]
    return {
        "title": "Own funds within reach",
        "unit": "USDT",
        "with": [[minute, _own(usdt)] for minute, usdt in pairs],
        "without": [[minute, _own(usdt)] for minute, usdt in alone],
    }


def _own(usdt: Json) -> str:
    return str(sum(Decimal(usdt[name]) for name in ("hot", "reserve", "in_transit")))
