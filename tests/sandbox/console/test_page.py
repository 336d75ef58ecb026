"""The page in a real browser, before the strict Slack and the bot itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.domain.content import Pinned
from bot.domain.trigger import Alert
from bot.sandbox.console.app import create_console
from bot.sandbox.slack import listen, serving
from bot.slack.wire import web_client
from bot.usecases.signals import take_alerts
from tests.slack.support.world import World, a_world
from tests.support.browser import chromium, violations
from tests.support.databases import sqlite_file
from tests.support.world import changed

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]
module = pytest_asyncio.fixture(loop_scope="module", scope="module")
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}
HOSTILE = "<img src=x onerror='window.harmed=1'><script>window.harmed=1</script> *b* &lt;i&gt; \u202egnorw"


@module
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@module
async def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with a_world(sqlite_file(sqlite_template, tmp_path_factory.mktemp("console"))) as found:
        await found.declared()
        yield found


@module
async def url(world: World) -> AsyncIterator[str]:
    async with serving(create_console(world.slack.url), listen()) as found:
        yield found


@asynccontextmanager
async def visiting(
    browser: Browser, url: str, size: dict[str, int] = DESKTOP, *, theme: str = "light", first: bool = False
) -> AsyncIterator[Page]:
    """Somebody's browser on the page; whatever the page complains of fails the test."""
    context = await browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]  # literals
    if not first:
        await context.add_init_script("localStorage.setItem('breakwater.tour', 'true')")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    # The marketplace has a server and tests of its own.
    await page.route("**/static/world/world.js", lambda route: route.abort())
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(url)
    await expect(page.get_by_role("radio", name=re.compile("Alice Ng"))).to_be_checked()
    yield page
    assert troubles == []
    await context.close()


async def write(page: Page, words: str) -> None:
    """Type into the composer and send it, by the keyboard alone."""
    await page.locator("#text").focus()
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")


def newest(page: Page) -> Locator:
    return page.locator("#messages [data-ts]").last


async def test_an_incident_is_declared_by_the_keyboard_alone(
    browser: Browser, world: World, url: str
) -> None:
    async with visiting(browser, url, first=True) as page:
        await expect(page.get_by_role("dialog", name="You play all six")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#text")).to_be_focused()
        await page.keyboard.type("/inc")
        await expect(page.get_by_role("option", name="/incident")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("option", name="declare")).to_be_visible()
        await page.keyboard.type(f"declare Withdrawals run {HOSTILE}")
        await page.keyboard.press("Enter")
        await expect(newest(page)).to_contain_text("Only visible to you")
        await expect(newest(page)).to_contain_text("Declare an incident?")
        await page.keyboard.press("ArrowUp")
        await expect(newest(page)).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(newest(page).get_by_role("button", name="Declare", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await world.drain()
        await expect(page.locator("#messages")).to_contain_text("is declared. Its channel is on the way.")
        await expect(page.locator("#notice")).to_contain_text("You are now in inc-")
        await page.get_by_role("button", name="Open it").press("Enter")
        await expect(page.get_by_role("heading", level=2, name=re.compile("^inc-"))).to_be_visible()
        await page.keyboard.press("Alt+p")
        card = page.locator("#panel [data-ts]").first
        await expect(card).to_be_focused()
        await expect(card).to_contain_text("Withdrawals run <img src=x")
        await page.keyboard.press("Escape")
        await expect(page.locator("#panel")).to_be_hidden()
        assert await page.evaluate("window.harmed") is None
    assert world.refusals() == []


async def test_a_modal_complains_beside_its_field_and_gives_the_focus_back(
    browser: Browser, world: World, url: str
) -> None:
    async with visiting(browser, url) as page:
        await write(page, "/incident declare")
        modal = page.get_by_role("dialog", name="Declare incident")
        field = modal.get_by_label("What is happening?")
        await expect(field).to_be_focused()
        await modal.get_by_role("button", name="Declare").press("Enter")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_be_focused()
        await expect(modal).to_contain_text("Please complete this required field.")
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(modal).to_have_count(0)
        await expect(page.locator("#text")).to_be_focused()
        await page.get_by_role("button", name="Shortcuts", exact=True).press("Enter")
        await page.keyboard.press("Enter")
        await expect(field).to_be_focused()
        await page.keyboard.type("Payouts run twice")
        await modal.get_by_label("Severity").select_option(index=1)
        await modal.get_by_role("button", name="Declare").press("Enter")
        await expect(modal).to_have_count(0)
        await world.drain()
        await expect(page.locator("#notice")).to_contain_text("You are now in inc-")


async def test_each_person_sees_what_waits_for_them(browser: Browser, world: World, url: str) -> None:
    async with visiting(browser, url) as page:
        await expect(page.get_by_role("radio", name=re.compile("Bob Okafor.*waiting"))).to_be_visible()
        await page.keyboard.press("Alt+2")
        await expect(page.get_by_role("radio", name=re.compile("Bob Okafor"))).to_be_checked()
        direct = page.locator("#channels").get_by_role("button", name=re.compile("Direct messages"))
        await expect(direct).to_have_accessible_name(re.compile("for you"))
        await direct.press("Enter")
        await expect(direct).not_to_have_accessible_name(re.compile("for you"))
        await page.keyboard.press("Alt+3")
        await expect(
            page.locator("#channels").get_by_role("button", name="inc-1-amber-anchor")
        ).to_have_count(0)
        await page.get_by_role("button", name="incidents", exact=True).press("Enter")
        await expect(page.locator("#messages")).not_to_contain_text("Declare an incident?")


async def test_threads_and_a_messages_own_shortcut(browser: Browser, world: World, url: str) -> None:
    async with visiting(browser, url) as page:
        await write(page, "Payouts look doubled to me")
        await expect(newest(page)).to_contain_text("Payouts look doubled")
        await page.keyboard.press("ArrowUp")
        await newest(page).get_by_role("button", name="Reply in thread").press("Enter")
        await expect(page.locator("#reply")).to_be_focused()
        await page.keyboard.type("To me too")
        await page.keyboard.press("Enter")
        await expect(page.locator("#panel")).to_contain_text("To me too")
        await expect(page.locator("#messages")).to_contain_text("1 reply")
        await page.keyboard.press("Escape")
        await newest(page).get_by_role("button", name="Message shortcuts").press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("What is happening?")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_hostile_text_is_text_wherever_it_comes_from(browser: Browser, world: World, url: str) -> None:
    workspace = world.workspace
    client = web_client(workspace.app.bot_token, world.slack.api_url, 3)
    plain = {"type": "plain_text", "text": HOSTILE}
    marked = {"type": "mrkdwn", "text": f"<javascript:alert(1)|here> <{HOSTILE}> `<b>` :not_an_emoji:"}
    button = {"type": "button", "action_id": "b", "text": {"type": "plain_text", "text": "<b>press</b>"}}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": HOSTILE[:150]}},
        {"type": "section", "text": marked, "fields": [plain, marked]},
        {"type": "context", "elements": [marked, plain]},
        {"type": "actions", "elements": [button]},
        {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": HOSTILE},
    ]
    async with visiting(browser, url) as page:
        await client.chat_postMessage(channel="C01GENERAL", text=HOSTILE, blocks=blocks)
        await world.alice.say(HOSTILE, "general")
        await page.get_by_role("button", name=re.compile("^general")).press("Enter")
        await expect(newest(page)).to_contain_text("<script>window.harmed=1</script>")
        drawn = page.locator("#messages [data-ts]").filter(has=page.get_by_role("heading", level=3))
        await expect(drawn).to_contain_text("<img src=x onerror='window.harmed=1'>")
        await expect(drawn.get_by_role("button", name="<b>press</b>")).to_be_visible()
        assert await page.locator("#messages").locator("img, script, b, iframe, a").count() == 1
        assert await drawn.locator("a").get_attribute("href") == "https://elsewhere.example/x.png"
        assert await page.evaluate("window.harmed") is None


async def test_whatever_people_alarms_and_yaml_say_is_text_on_the_page(
    browser: Browser, world: World, url: str
) -> None:
    content = world.ctx.content.now
    books = [
        book.model_copy(
            update={"steps": tuple(s.model_copy(update={"title": f"{HOSTILE} {s.id}"}) for s in book.steps)}
        )
        for book in content.pinned.runbooks
    ]
    pinned = Pinned(runbooks=tuple(books), tree=content.pinned.tree)
    held, world.ctx.content._content = content, changed(content, pinned=pinned)  # type: ignore[attr-defined]  # a reload
    now = world.clock.now()
    labels = {"alertname": "HotWalletCoverageLow", "asset": HOSTILE, "severity": "critical"}
    alarm = {"key": "hostile", "source": "alertmanager", "firing": True, "summary": HOSTILE, "labels": labels}
    await take_alerts(world.ctx, [Alert(**alarm, started_at=now, received_at=now)])
    room = await world.declared(f"Hostile {HOSTILE}")
    world.ctx.content._content = held  # type: ignore[attr-defined]  # as above
    await world.alice.command(f"/incident note {HOSTILE}", room)
    await world.alice.command(f"/incident update {HOSTILE}", room)
    await world.alice.command(f"/control set swaps low_risk {HOSTILE}", room)
    await world.drain()
    await world.alice.command("/incident timeline", room)
    await world.alice.open_home()
    async with asyncio.timeout(20):
        while world.alice.user_id not in world.workspace.homes:
            await world.drain()
    async with visiting(browser, url) as page:
        for place in (room, "Direct messages"):
            await page.evaluate(
                "name => document.querySelector(`.entry[aria-label*='${name}']`).click()",
                place,
            )
            await expect(page.locator("#messages")).to_contain_text("<img src=x onerror='window.harmed=1'>")
            assert await page.locator("#messages").locator("script, b, iframe, img[src=x]").count() == 0
        await page.get_by_role("button", name="Home", exact=True).press("Enter")
        await expect(page.locator("#home")).to_contain_text("Hostile <img src=x")
        assert await page.locator("#home").locator("script, b, iframe, img").count() == 0
        assert await page.evaluate("window.harmed") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_anybody_can_use_it(browser: Browser, world: World, url: str, theme: str) -> None:
    async with visiting(browser, url, theme=theme) as page:
        await page.evaluate("document.querySelector('.entry[aria-label*=amber]').click()")
        await expect(page.locator("#messages")).to_contain_text("classify")
        await page.keyboard.press("Alt+p")
        await expect(page.locator("#panel")).to_contain_text("SEV2")
        assert await violations(page) == []
        await page.evaluate("document.querySelector('.entry[data-key=home]').click()")
        await expect(page.get_by_role("heading", level=2, name="Home")).to_be_visible()
        assert await violations(page) == []


async def test_a_phone_has_one_part_at_a_time_and_nothing_beside_it(
    browser: Browser, world: World, url: str
) -> None:
    async with visiting(browser, url, PHONE) as page:
        tabs = page.get_by_role("navigation", name="Parts of the page")
        await expect(page.locator("#conversation")).to_be_visible()
        await tabs.get_by_role("button", name=re.compile("Channels")).click()
        await expect(page.locator("#conversation")).to_be_hidden()
        await page.get_by_role("button", name=re.compile("inc-1-amber-anchor")).click()
        await expect(page.locator("#messages")).to_contain_text("classify")
        assert await violations(page) == []
        for part in ("Channels", "Slack", "Marketplace"):
            await tabs.get_by_role("button", name=re.compile(part)).click()
            assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], part


async def test_a_lost_connection_is_said_and_mends_itself(browser: Browser, world: World, url: str) -> None:
    async with visiting(browser, url) as page:
        await expect(page.locator("#offline")).to_be_hidden()
        await page.context.set_offline(True)
        await page.evaluate("document.getElementById('retry').click()")
        await expect(page.locator("#offline")).to_be_visible()
        await write(page, "Is anybody there?")
        await expect(page.locator("#notice")).to_contain_text("The sandbox does not answer")
        await expect(page.locator("#text")).to_have_value("Is anybody there?")
        await page.context.set_offline(False)
        await expect(page.locator("#offline")).to_be_hidden()
        await world.bob.say("While you were away", "incidents")
        await expect(newest(page)).to_contain_text("While you were away")
