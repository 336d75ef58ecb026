"""`/protected-mode on` with twelve controls whose service takes 50 ms a call, beside the bare calls."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from bot.content import load
from bot.controls.filling import facts_of, fill_body, fill_path
from bot.domain.adapter import HttpAdapter
from bot.domain.content import Content
from bot.domain.control import Control, Level
from bot.domain.mode import ModeId, mode_levels
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most
from tests.bench.stage import CONTROLS, SERVICE_MS, Stage
from tests.bench.wire import OK

AIM = 1.5
WITHIN = 30.0
LOOK_EVERY = 0.004
WHY = "Northbank has paused withdrawals and our queue is growing"
COUNTS = "SELECT count(*), sum(outcome = 'pending'), sum(outcome = 'confirmed') FROM actuation"
PENDING = f"{COUNTS} WHERE incident_id = ?"
HOW = (
    "from the button's press to the last control confirmed in the database, under `serve` with SQLite; bare: "
    "one gather of read, set and read-back for the same controls over one pooled client, to the same values"
)


async def protected(bench: Bench) -> list[Row]:
    """The whole way from a press to twelve confirmed controls."""
    here = await bench.stage()
    content = load(
        here.world.work / "runbooks",
        here.world.root / "templates",
        {"MARKETPLACE_URL": here.world.market_url},
    )
    pairs = mode_levels(content.modes[ModeId.PROTECTED], content.controls)
    if len(pairs) != CONTROLS:
        raise RuntimeError(f"protected mode moves {len(pairs)} controls, not {CONTROLS}")
    await here.service(latency_ms=SERVICE_MS)
    incident = await _declared(here)
    try:
        bare = [await _bare(here, content, pairs, i) for i in range(bench.few(5, 3))]
        await here.idle()
        acked, took = await _pressed(here, incident)
    finally:
        await here.service(latency_ms=0)
    own = sorted(bare)[len(bare) // 2]
    ms = {"ms": round(took * 1000), "bare_ms": round(own * 1000), "ack_ms": round(acked, 1)}
    name = f"protected mode, {CONTROLS} controls confirmed"
    return [at_most(name, took / own, "x the bare calls", AIM, **ms, how=HOW)]


async def _declared(here: Stage) -> str:
    ack = (await here.wire.send([here.wire.declaration("Northbank has paused withdrawals")]))[0]
    if ack.status != OK:
        raise RuntimeError(f"nothing was declared: {ack.status} {ack.body}")
    await here.idle()
    return str(here.ask("SELECT id FROM incident ORDER BY number DESC LIMIT 1")[0][0])


async def _pressed(here: Stage, incident: str) -> tuple[float, float]:
    """Milliseconds until the ack, and seconds until every control is confirmed."""
    shown = (await here.wire.send([here.wire.command(f"/protected-mode on {incident} {WHY}")]))[0]
    buttons = [e for b in shown.body["blocks"] if b["type"] == "actions" for e in b["elements"]]
    button = {name: buttons[0][name] for name in ("action_id", "value")}
    started = time.perf_counter()
    pressing = asyncio.create_task(here.wire.send([here.wire.click(button)]))
    async with asyncio.timeout(WITHIN):
        while True:
            asked, pending, confirmed = here.ask(PENDING, incident)[0]
            if asked == CONTROLS and not pending:
                break
            await asyncio.sleep(LOOK_EVERY)
    took = time.perf_counter() - started
    if confirmed != CONTROLS:
        raise RuntimeError(f"only {confirmed} of {CONTROLS} controls were confirmed")
    return (await pressing)[0].ms, took


async def _bare(here: Stage, content: Content, pairs: list[tuple[Control, Level]], turn: int) -> float:
    """There and back again, so that the controls stand where they stood; only the way there is timed."""
    headers = {"Authorization": f"Bearer {here.world.market_token}"}
    service = content.services["marketplace"].base_url
    async with httpx.AsyncClient(base_url=service, headers=headers, trust_env=False, timeout=10) as client:
        started = time.perf_counter()
        await asyncio.gather(*(_one(client, c, level, f"bare-{turn}-there") for c, level in pairs))
        took = time.perf_counter() - started
        await asyncio.gather(*(_one(client, c, c.levels[0], f"bare-{turn}-back") for c, _ in pairs))
    return took


async def _one(client: httpx.AsyncClient, control: Control, level: Level, key: str) -> None:
    spec = control.adapter
    if not isinstance(spec, HttpAdapter):
        raise TypeError(f"{control.id} reaches no service")
    facts = facts_of(control, control.targets[0], level.value)
    body: Any = level.value if spec.set.body is None else fill_body(spec.set.body, facts)
    path = fill_path(spec.read.path, facts)
    (await client.get(path)).raise_for_status()
    sent = await client.put(
        fill_path(spec.set.path, facts), json=body, headers={"Idempotency-Key": f"{key}/{control.id}"}
    )
    sent.raise_for_status()
    (await client.get(path)).raise_for_status()
