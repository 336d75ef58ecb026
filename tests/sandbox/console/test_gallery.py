"""Every block and element, drawn in a real browser, chosen from, and brought to the app."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.sandbox.console.app import create_console
from bot.sandbox.slack import SlackServer, listen, running, seeded_workspace, serving
from bot.slack.wire import web_client
from tests.sandbox.console.gallery import MESSAGE, MODAL
from tests.sandbox.slack.echo_bot import EchoBot, echo_bot
from tests.support.browser import chromium, violations

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]
each = pytest_asyncio.fixture(loop_scope="module")


def png() -> bytes:
    """One white dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    dot = zlib.compress(b"\0\xff\xff\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@each
async def slack() -> AsyncIterator[SlackServer]:
    async with running(seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)) as server:
        picture = png()
        file = {"id": "F1", "name": "a.png", "size": len(picture), "content": picture}
        server.workspace.files["F1"] = file
        yield server


@each
async def bot(slack: SlackServer) -> AsyncIterator[EchoBot]:
    async with echo_bot(slack) as found:
        yield found


@each
async def page(browser: Browser, slack: SlackServer, bot: EchoBot) -> AsyncIterator[Page]:
    async with serving(create_console(slack.url), listen()) as url:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_init_script("localStorage.setItem('breakwater.tour', 'true')")
        found = await context.new_page()
        await found.route("**/static/world/world.js", lambda route: route.abort())
        await found.goto(url)
        await expect(found.locator("#text")).to_be_visible()
        yield found
        await context.close()


async def chosen(page: Page, bot: EchoBot, number: int) -> object:
    """What the app was told of the choice with this number."""
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    action = bot.actions[number]["actions"][0]
    option = action.get("selected_option")
    return option["value"] if option else action.get("selected_user") or action["action_id"]


async def test_everything_in_a_message_is_drawn_and_can_be_chosen(
    page: Page, slack: SlackServer, bot: EchoBot
) -> None:
    workspace = slack.workspace
    client = web_client(workspace.app.bot_token, slack.api_url, 3)
    place: dict[str, Any] = {"channel": "C02INCIDENTS", "text": "gallery", "blocks": MESSAGE}
    await client.chat_postMessage(**place)
    shown = page.locator("#messages [data-ts]").last
    await expect(shown.get_by_role("heading", name="Every block")).to_be_visible()
    assert await violations(page) == []
    words = await shown.inner_text()
    for said in (
        "bold italic struck code",
        "⚠️",
        "@Alice Ng",
        "#general",
        "@here",
        "@treasury",
        "14 Nov 2023",
    ):
        assert said in words
    assert "*" not in words
    await expect(shown.get_by_role("img", name="A falling line")).to_have_js_property("naturalWidth", 1)

    await expect(shown.get_by_label("Pick a day")).to_have_value("2026-11-20")
    await shown.get_by_role("button", name="Stop").press("Enter")
    asked = page.get_by_role("alertdialog", name="Sure?")
    await expect(asked).to_contain_text("This stops it.")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    assert bot.actions == []
    await shown.get_by_role("button", name="Pick a person").press("Enter")
    await page.keyboard.type("e")
    await page.keyboard.press("Enter")
    assert await chosen(page, bot, 0) == "U05ERIN"
    await client.chat_postMessage(**place)
    await expect(page.locator("#messages [data-ts]")).to_have_count(2)
    await shown.get_by_role("button", name="More actions").press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await chosen(page, bot, 1) == "blocked"


async def test_everything_in_a_modal_is_drawn_filled_in_and_sent(
    page: Page, slack: SlackServer, bot: EchoBot
) -> None:
    await page.locator("#text").fill("/incident modal")
    await page.locator("#text").press("Enter")
    modal = page.get_by_role("dialog")
    await expect(modal).to_be_visible()
    view_id = slack.workspace.stacks["U01ALICE"][-1]
    client = web_client(slack.workspace.app.bot_token, slack.api_url, 3)
    await modal.get_by_label("Summary").fill("what I typed")
    await client.views_update(view_id=view_id, view=MODAL)
    await expect(modal.get_by_role("heading", name="Every input")).to_be_visible()
    assert await violations(page) == []
    await modal.get_by_label("Field 0").fill("one line")
    await modal.get_by_label("Field 2").fill("many")
    await modal.get_by_role("checkbox", name="Second").check()
    await modal.get_by_role("button", name="Send").click()
    await expect(modal).to_contain_text("Please enter a number.")
    await modal.get_by_label("Field 2").fill("2.5")
    await modal.get_by_role("button", name="Send").click()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    values = slack.workspace.views[view_id].state
    assert values["b0"]["a0"]["value"] == "one line"
    assert values["b2"]["a2"]["value"] == "2.5"
    assert [one["value"] for one in values["b14"]["a14"]["selected_options"]] == ["second"]
