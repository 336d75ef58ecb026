"""Debian's Chromium, driven by Playwright; a page's complaints and its accessibility."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # publishes no types
from playwright.async_api import Browser, Page, async_playwright

from tests.support.real import absent

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def have_chromium() -> bool:
    """Whether this machine has it."""
    return CHROMIUM.exists()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser; skips the test where there is none, or fails it under REQUIRE_REAL=1."""
    if not have_chromium():
        absent("Chromium", f"{CHROMIUM} is missing")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


async def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe-core finds wrong with the page or a part of it as it stands: rule, element, what is amiss."""
    # An element that is still fading has colours that nobody will read.
    await page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))")
    results: Any = await Axe().run(page, context=within)
    return [
        f"{one['id']}: {node['html'][:160]} — {node.get('failureSummary', '')}"
        for one in results.response["violations"]
        for node in one["nodes"]
    ]
