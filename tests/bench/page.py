"""The console with twenty incidents under way: from a message's arrival at Slack to its being drawn."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import Page, expect

from bot.sandbox.console.app import create_console
from bot.sandbox.slack import listen, serving
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most, quantile
from tests.bench.stage import Stage
from tests.bench.wire import OK
from tests.support.browser import chromium

INCIDENTS = 20
MESSAGES = 100
AIM_MS = 100
APART = 0.15  # seconds between two messages, so that each is a frame of its own
UNREST = 0.2  # seconds between two changes that make the bot draw a card anew
WITHIN_MS = 60_000
ROLES = (
    ("treasury_lead", "<@U02BOB|bob>"),
    ("wallet_ops_lead", "<@U06FRANK|frank>"),
    ("technical_lead", "<@U06FRANK|frank>"),
    ("support_lead", "<@U04DANA|dana>"),
    ("compliance_lead", "<@U05ERIN|erin>"),
)
HOW = (
    "messages written into the incident that the page shows, while the bot redraws the cards of twenty and a "
    "call to Slack takes 150 ms; from the message's stamp at the strict Slack to the second frame after it "
    "was put into the page, both by this machine's clock; headless Chromium without a graphics card"
)
# A frame may still be in the making when the message is put in; by the second one it has been seen.
WATCH = """() => {
  window.drawn = {};
  const seen = new Set([...document.querySelectorAll('#messages [data-ts]')].map((one) => one.dataset.ts));
  new MutationObserver(() => {
    for (const one of document.querySelectorAll('#messages [data-ts]')) {
      const { ts } = one.dataset;
      if (seen.has(ts)) continue;
      seen.add(ts);
      const now = () => performance.timeOrigin + performance.now();
      const shown = () => { window.drawn[ts] = now() - Number(ts) * 1000; };
      requestAnimationFrame(() => requestAnimationFrame(shown));
    }
  }).observe(document.getElementById('messages'), { childList: true });
}"""


async def page(bench: Bench) -> list[Row]:
    """Milliseconds from Slack to the screen."""
    here = await bench.stage()
    wanted = [f"Withdrawals on rail {i} run after Northbank paused" for i in range(INCIDENTS)]
    acks = await here.wire.send([here.wire.declaration(one) for one in wanted])
    if wrong := [a for a in acks if a.status != OK]:
        raise RuntimeError(f"{len(wrong)} declarations were not acked: {wrong[0]}")
    await here.idle(within=180)
    incidents = here.ask("SELECT id FROM incident WHERE ended_at IS NULL ORDER BY number DESC LIMIT 20")
    unrest = asyncio.create_task(_unrest(here, [str(row[0]) for row in incidents]))
    try:
        took = await _seen(here, bench.few(MESSAGES, 20))
    finally:
        if unrest.done():
            unrest.result()
        unrest.cancel()
        with suppress(asyncio.CancelledError):
            await unrest
    detail: dict[str, Any] = {"p50_ms": round(quantile(took, 0.5), 1), "worst_ms": round(max(took), 1)}
    name = f"console, a message drawn with {INCIDENTS} incidents, p95"
    return [at_most(name, quantile(took, 0.95), "ms", AIM_MS, **detail, times=len(took), how=HOW)]


async def _seen(here: Stage, times: int) -> list[float]:
    """Alice looks at an incident; Bob writes into it."""
    async with serving(create_console(here.world.slack_url), listen()) as url, chromium() as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_init_script("localStorage.setItem('breakwater.tour', 'true')")
        shown = await context.new_page()
        await shown.goto(url)
        await shown.locator("#channels .entry", has_text="inc-").first.click()
        await expect(shown.locator("#messages")).to_contain_text("Steps · classify", timeout=WITHIN_MS)
        channel = (await shown.locator("#conversation h2").inner_text()).strip()
        await here.slack("invite", user="U01ALICE", channel=channel, who="U02BOB")
        await shown.evaluate(WATCH)
        stamps = []
        for number in range(times):
            said = await here.slack("message", user="U02BOB", channel=channel, text=f"I see {number} more")
            stamps.append(said["ts"])
            await asyncio.sleep(APART)
        return await _stamped(shown, stamps)


async def _stamped(shown: Page, stamps: list[str]) -> list[float]:
    await shown.wait_for_function(
        "(stamps) => stamps.every((ts) => ts in window.drawn)", arg=stamps, timeout=WITHIN_MS
    )
    drawn = await shown.evaluate("window.drawn")
    return [float(drawn[ts]) for ts in stamps]


async def _unrest(here: Stage, incidents: list[str]) -> None:
    """Role after role is given away in each, so that cards, boards and announcements follow."""
    for role, who in ROLES:
        for incident in incidents:
            (acked,) = await here.wire.send([here.wire.command(f"/incident role {incident} {role} {who}")])
            if acked.status != OK or f"lead of {incident}" not in str(acked.body):
                raise RuntimeError(f"the role was not given: {acked.status} {acked.body}")
            await asyncio.sleep(UNREST)
