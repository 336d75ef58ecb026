"""After the last scene: what is taken out of the world before it ends, and what must have held."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bot.sandbox.demo.checks import Check, Evidence, all_checks
from bot.sandbox.demo.figures import SCENARIO, Figures, failed_at, figures
from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.public import pretty
from bot.sandbox.demo.record import read_bundle
from bot.sandbox.demo.truth import read_levels
from bot.sandbox.marketplace.model import counterfactual
from bot.sandbox.people.line import Line

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the running world says at the end."""

    history: Json
    controls: list[Json]
    audit: list[Json]
    refusals: list[Json]


async def finale(play: Play, out: Path) -> tuple[list[Check], Figures]:
    """Leave every artifact in `out`, end the world and judge the performance. Raises SceneFailed."""
    seen = await _look_around(play)
    (out / "comparison.json").write_text(pretty(compared(seen.history, play.stage.world.seed)), "utf-8")
    await play.stage.strike()
    verify = await _papers(play, out, seen.history)
    record = read_bundle(out / "ledger")
    page = (out / "review.html").read_text("utf-8")
    measured = figures(record, seen.history, play.stage.world.seed, page)
    evidence = Evidence(
        notes=play.notes,
        record=record,
        controls=seen.controls,
        audit=seen.audit,
        updates=sorted(play.eye.updates.values(), key=lambda u: str(u["created_at"])),
        macros=play.eye.macros,
        refusals=seen.refusals,
        levels=read_levels(play.stage.world.root / "runbooks" / "platform" / "controls.yaml"),
        figures=measured,
        verify=verify,
        out=out,
    )
    return all_checks(evidence), measured


async def _look_around(play: Play) -> Seen:
    await play.eye.look()
    await play.eye.keep_status("99-end")
    line = Line(play.stage.world.slack_url)
    deliveries = (await line.get("deliveries"))["deliveries"]
    answered = [d["ms"] for d in deliveries if d["status"] == HTTPStatus.OK]
    play.notes.slowest_ack_ms = max(answered, default=0.0)
    return Seen(
        history=await play.market.history(),
        controls=await play.market.controls(),
        audit=await play.market.audit(),
        refusals=(await line.get("refusals"))["refusals"],
    )


async def _papers(play: Play, out: Path, history: Json) -> tuple[int, str]:
    """Take ledger and review out, and check the chain: exit status and words of that."""
    beside = ("--comparison", _at(out, "comparison.json"), "--cause-at", failed_at(history).isoformat())
    verify, _, _ = await asyncio.gather(
        play.stage.breakwater("audit", "verify"),
        _made(play, "audit", "export", _at(out, "ledger")),
        _made(play, "review", play.incident, "--out", _at(out, "review.html"), *beside),
    )
    return verify


async def _made(play: Play, *arguments: str) -> None:
    status, said = await play.stage.breakwater(*arguments)
    if status:
        raise SceneFailed(f"breakwater {' '.join(arguments)} failed: {said}")


def _at(out: Path, name: str) -> str:
    return str((out / name).absolute())


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
