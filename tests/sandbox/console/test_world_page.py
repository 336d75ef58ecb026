"""The marketplace's part of the page in a real browser, with a real marketplace behind it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.console.town import SMALL, TRON, Town, a_town
from tests.support.browser import chromium, violations

pytestmark = pytest.mark.real
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path) as found:
        yield found


@asynccontextmanager
async def visiting(
    town: Town, size: dict[str, int] = DESKTOP, theme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Page]:
    """A browser on the page; nobody's Slack is behind it, which is no trouble of the marketplace's."""
    async with chromium() as browser:
        context = await browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]  # two numbers
        await context.add_init_script("localStorage.setItem('breakwater.tour', 'true')")
        page = await context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(town.url)
        yield page
        assert troubles == []


async def test_a_story_is_chosen_and_paused_by_the_keyboard_and_its_numbers_are_said_in_words(
    town: Town,
) -> None:
    await town.look(3)
    async with visiting(town) as page:
        await page.get_by_role("button", name="Choose a scenario").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Begin: A hot-wallet key is suspected").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".w-picker")).to_be_hidden()
        await town.look(8)
        await town.look()
        story = page.locator(".w-tell")
        await expect(story).to_contain_text("40 USDT left the hot wallet without a request")
        await expect(story).to_contain_text("wallet ops A transfer of 40 USDT on Tron")
        chart = page.get_by_role("img", name=re.compile("^Hot wallet in USDT over 7 minutes"))
        await expect(chart).to_be_visible()
        await page.get_by_text("Hot wallet as a table").click()
        await expect(page.get_by_role("columnheader", name="Hot wallet, USDT")).to_be_visible()
        await page.get_by_role("button", name="Pause: time stands still").focus()
        await page.keyboard.press("Space")
        async with asyncio.timeout(20):
            while not town.director.conductor.beat.paused:  # noqa: ASYNC110 - a page in another process tells nobody
                await asyncio.sleep(0.02)
        await town.look()
        await expect(page.get_by_text("deadlines and the bot's clock stand still")).to_be_visible()
        assert town.director.conductor.beat.paused


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
async def test_limits_are_drawn_in_and_the_page_is_open_to_everybody(
    town: Town, size: dict[str, int], theme: Literal["light", "dark"]
) -> None:
    await town.look(20)
    await town.put(TRON, SMALL, "k1")
    await town.look(25)
    async with visiting(town, size, theme) as page:
        if size is PHONE:
            await page.get_by_role("button", name="Marketplace").click()
        hot = page.locator("article", has=page.get_by_role("heading", name="Hot wallet"))
        await expect(hot.locator(".w-bar-text")).to_have_text("withdrawals small only 1/3")
        await expect(hot.get_by_role("img")).to_have_attribute(
            "aria-label", re.compile("small only 1/3 from 03:20 on")
        )
        await expect(page.get_by_text("1 of 22 off normal")).to_be_visible()
        world = page.locator("#world")
        assert await world.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert await violations(page, "#world") == []


async def test_a_marketplace_that_falls_silent_is_shown_as_unknown(town: Town) -> None:
    await town.look(10)
    async with visiting(town) as page:
        hot = page.locator("article", has=page.get_by_role("heading", name="Hot wallet"))
        await expect(hot.locator(".w-value")).to_contain_text("million USDT")
        town.feed._market._url = "http://127.0.0.1:9"
        town.director.market._url = "http://127.0.0.1:9"
        await town.feed.look()
        await expect(hot.locator(".w-value")).to_have_text("Unknown")
        await expect(page.get_by_role("status").filter(has_text="does not answer")).to_contain_text(
            "03:10 UTC"
        )
        await expect(page.get_by_text("22 that cannot be read")).to_be_visible()
