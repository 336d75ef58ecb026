"""Whole incidents, played by people in a browser before everything that `make sandbox` starts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.sandbox.console.keyboard import Keyboard
from tests.sandbox.console.thumbs import Thumbs
from tests.sandbox.console.whole import Whole, whole
from tests.support.browser import chromium, violations

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
RUNNING = "/incident declare Northbank has paused and withdrawals are running"
QUEUE = "/protected-mode on Our queue has doubled and Northbank is silent"
OVER = "/protected-mode off Northbank pays again and coverage is above 1.5"
ROLES = {
    "treasury_lead": "bob",
    "wallet_ops_lead": "frank",
    "technical_lead": "frank",
    "comms_owner": "dana",
    "support_lead": "dana",
    "compliance_lead": "erin",
    "executive": "erin",
}
CONFIRMED = re.compile(r"PROTECTED (\d+)/\1 confirmed")
PATIENCE_MS = 20_000
TRIES = 20


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Two workers share two cores with six processes."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


@asynccontextmanager
async def visiting(browser: Browser, url: str, size: dict[str, int], *, phone: bool) -> AsyncIterator[Page]:
    """Somebody's first visit; whatever the page complains of fails the test."""
    context = await browser.new_context(viewport=size, has_touch=phone, is_mobile=phone)  # type: ignore[arg-type]  # a literal
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(url)
    await expect(page.locator(".w-round[data-paused]")).to_be_attached()  # the market has been heard of
    yield page
    assert troubles == []
    await context.close()


async def clean(page: Page) -> None:
    """Nothing is wrong with the page as it stands, in either theme."""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert await violations(page) == [], theme


async def test_a_whole_incident_is_played_by_the_keyboard_alone(tmp_path: Path) -> None:
    async with chromium() as browser, whole(tmp_path / "world") as world:
        async with visiting(browser, world.url, DESKTOP, phone=False) as page:
            await expect(page.get_by_role("dialog", name="You play all six")).to_be_visible()
            await clean(page)
            await page.keyboard.press("Escape")
            keys = Keyboard(page)
            await _first_minutes(page, keys)
            await _protected(page, keys)
            await _told(page, keys)
            await _reopened(page, keys)
            await _reviewed(page, keys)
        await _papers(browser, world, tmp_path)
        assert await world.refusals() == []


async def _first_minutes(page: Page, keys: Keyboard) -> None:
    await keys.become("Alice")
    await keys.go("incidents")
    await keys.say(RUNNING)
    await keys.press("Declare", "Declare an incident?")
    await expect(page.locator("#notice")).to_contain_text("You are now in inc-1")
    await keys.go("inc-1")
    await expect(page.locator("#messages")).to_contain_text("Steps · classify")
    for role, who in ROLES.items():
        await keys.say(f"/incident role {role} @{who} ")
    await expect(page.locator("#messages [data-ts]").last).to_contain_text("Erin Walsh is executive")
    await keys.press("Done", "Name treasury, wallet ops")
    await keys.press("Classify", "Answer the tree")
    modal = page.get_by_role("dialog")
    await clean(page)
    for words, answer in (("nobody claims", "No"), ("Do the books differ", "No"), ("one provider", "Yes")):
        await expect(modal).to_contain_text(words)
        await keys.choose(answer)
        await keys.submit("Answer")
    await expect(modal).to_contain_text("counterparty failure (confirmed)")
    await keys.escape()


async def _protected(page: Page, keys: Keyboard) -> None:
    await keys.become("Carol")
    await keys.go("incidents")
    await keys.say(QUEUE)
    await expect(page.locator("#messages [data-ts]").last).to_contain_text("takes")
    await keys.become("Alice")
    await keys.go("inc-1")
    await keys.say(QUEUE)
    await keys.press("Set protected mode", "Protected mode: nothing is set yet")
    await expect(page.locator("#messages")).to_contain_text(CONFIRMED)
    await expect(page.locator("#world")).to_contain_text("small only")


async def _told(page: Page, keys: Keyboard) -> None:
    await keys.become("Dana")
    await keys.say("/incident update")
    await _published(page, keys, "draft")
    await expect(page.locator("#world")).to_contain_text("withdrawals up to 500 USDT")


async def _published(page: Page, someone: Keyboard | Thumbs, near: str) -> None:
    """Dana's yes, to a newer draft where the facts have moved on since the last was written."""
    for _ in range(TRIES):
        await someone.press("Approve", near)
        with suppress(AssertionError):
            await expect(page.locator("#messages")).to_contain_text("approved by Dana Kim", timeout=3_000)
            return
    raise AssertionError("every draft was overtaken")


async def _reopened(page: Page, keys: Keyboard) -> None:
    await keys.become("Alice")
    await keys.press("Done", "Confirm that the cause has ended")
    await keys.fill("What ended", "Northbank settles again, two payments seen on chain")
    await keys.send("Done")
    await _proposed(page, keys)
    await keys.press("Approve", "Reopen along the ladder")
    await expect(page.locator("#messages .private").last).to_contain_text("You proposed this")
    await _approved(page, keys)
    await keys.press("Done", "Reconcile the books")
    await keys.fill("What did not match", "Everything matched")
    await keys.send("Done")
    await expect(page.locator("#messages")).not_to_contain_text("Controls off normal", timeout=60_000)


async def _proposed(page: Page, someone: Keyboard | Thumbs) -> None:
    """The books must have matched for half an hour of business time, so that it may be too early at first."""
    private = page.locator("#messages [data-ts].private")
    for _ in range(TRIES):
        before = await private.count()
        await someone.say(OVER)
        await expect(private).to_have_count(before + 1)
        if "Not yet" not in await private.last.inner_text():
            return
        await asyncio.sleep(1)
    raise AssertionError("the gates of the way out never opened")


async def _approved(page: Page, someone: Keyboard | Thumbs) -> None:
    """Bob's yes, to a newer proposal where the market has shut a gate since the last was shown."""
    ends = page.locator("#messages [data-ts]").filter(has_text="Reopen along the ladder").last
    for _ in range(TRIES):
        await someone.become("Bob")
        await someone.press("Approve", "Reopen along the ladder")
        await expect(ends).to_contain_text(re.compile("approved by Bob Okafor|out of date"))
        if "out of date" not in await ends.inner_text():
            return
        await someone.become("Alice")
        await _proposed(page, someone)
    raise AssertionError("the way out was out of date each time")


async def _reviewed(page: Page, keys: Keyboard) -> None:
    await keys.become("Alice")
    await keys.say("/incident phase review Every limit is lifted and all is reconciled")
    await expect(page.locator("#messages")).to_contain_text("INC-1 is in review now")
    await keys.press("Done", "Read the timeline from the first signal")
    await keys.press("Done", "Name at least one improvement")
    await keys.fill("What will change", "Halve what may lie with one counterparty; Bob; by 4 December")
    await keys.send("Done")
    await keys.become("Bob")
    await keys.press("Done", "Take the figures")
    await keys.fill("Time to detect", "Detected, protected and told within the hour")
    await keys.send("Done")
    await keys.press("Done", "Set what may lie with one counterparty")
    await keys.become("Frank")
    await keys.press("Done", "Read the timeline as the second person")
    await keys.become("Erin")
    await keys.press("Done", "Look at every override")
    await keys.become("Dana")
    await keys.press("Draft", "Publish the last word")
    await keys.press("Approve", "All limits are lifted")
    await keys.become("Alice")
    await expect(page.locator("#messages")).to_contain_text("No step is open in this phase")
    await keys.say("/incident close Reviewed by all who were there")
    await expect(page.locator("#messages")).to_contain_text("is closed")


async def _papers(browser: Browser, world: Whole, folder: Path) -> None:
    """What is left of it for everybody else: status page, macros, review."""
    review = folder / "review.html"
    status, said = await world.stage.breakwater("review", "INC-1", "--out", str(review))
    assert status == 0, said
    page = await browser.new_page()
    bot = world.world.bot_url
    for url in (f"{bot}/status", f"{bot}/macros", review.as_uri()):
        await page.goto(url)
        await clean(page)


async def test_another_is_played_on_a_phone(tmp_path: Path) -> None:
    async with chromium() as browser, whole(tmp_path / "world") as world:
        async with visiting(browser, world.url, PHONE, phone=True) as page:
            await page.get_by_role("button", name="Skip the tour").tap()
            thumbs = Thumbs(page)
            await _declared_by_thumb(page, thumbs)
            await _protected_by_thumb(page, thumbs)
            await _reopening_by_thumb(page, thumbs)
        assert await world.refusals() == []


async def fits(page: Page) -> None:
    """Nothing lies beside the screen."""
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def _declared_by_thumb(page: Page, thumbs: Thumbs) -> None:
    await page.get_by_role("button", name="Shortcuts", exact=True).tap()
    await page.get_by_role("menuitem", name=re.compile("Declare incident")).tap()
    await thumbs.modal.get_by_label("What is happening?").fill("Northbank has paused, withdrawals run")
    await fits(page)
    await clean(page)
    await thumbs.modal.get_by_role("button", name="Declare").tap()
    await page.get_by_role("button", name="Open it").tap()
    await expect(page.locator("#messages")).to_contain_text("Steps · classify")
    await fits(page)
    await clean(page)


async def _protected_by_thumb(page: Page, thumbs: Thumbs) -> None:
    await thumbs.press("Protected mode", "SEV2")
    await thumbs.modal.get_by_label("Why?").fill("Our queue has doubled and Northbank is silent")
    await fits(page)
    await thumbs.modal.get_by_role("button", name="Set protected").tap()
    await expect(page.locator("#messages")).to_contain_text(CONFIRMED)
    await thumbs.press("Update", "confirmed")
    await thumbs.say("/incident role comms_owner @dana")
    await thumbs.become("Dana")
    await thumbs.go("inc-1")
    await _published(page, thumbs, "draft")
    await thumbs.part("Marketplace")
    await expect(page.locator("#world")).to_contain_text("withdrawals up to 500 USDT")
    await fits(page)
    await clean(page)


async def _reopening_by_thumb(page: Page, thumbs: Thumbs) -> None:
    await thumbs.become("Alice")
    await thumbs.go("inc-1")
    await thumbs.say("/incident role treasury_lead @bob")
    await thumbs.press_step("Done", "Confirm that the cause has ended")
    await thumbs.modal.get_by_label("What ended").fill("Northbank settles again, two payments seen on chain")
    await thumbs.modal.get_by_role("button", name="Done").tap()
    await expect(thumbs.modal).to_have_count(0)
    await _proposed(page, thumbs)
    await thumbs.become("Bob")
    await thumbs.go("inc-1")
    await _approved(page, thumbs)
    await expect(page.locator("#messages")).to_contain_text(re.compile(r"Reopening 2/\d"))
    await fits(page)
