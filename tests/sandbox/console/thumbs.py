"""Somebody with the console on a phone: everything is tapped, one part of the page at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect


@dataclass
class Thumbs:
    """`tap` fails where something lies over a button, or it cannot be scrolled to."""

    page: Page

    async def become(self, name: str) -> None:
        """Be another of the six."""
        await self.page.get_by_role("radio", name=re.compile(f"^{name} ")).tap()

    async def go(self, channel: str) -> None:
        """To a conversation, by the list of them."""
        await self.part("Channels")
        await self.page.locator("#channels").get_by_role("button", name=re.compile(f"^{channel}")).tap()

    async def part(self, name: str) -> None:
        """To another part of the page."""
        tabs = self.page.get_by_role("navigation", name="Parts of the page")
        await tabs.get_by_role("button", name=re.compile(name)).tap()

    async def say(self, words: str) -> None:
        """Write into the conversation and send it."""
        await self.page.locator("#text").fill(words)
        await self.page.locator(".composer").first.get_by_role("button", name="Send").tap()
        await self.settled()

    async def press(self, label: str, near: str) -> None:
        """The newest button with these words in a message with those."""
        button = self.page.get_by_role("button", name=label, exact=True)
        message = self.page.locator("#messages [data-ts]").filter(has_text=near).filter(has=button)
        await message.last.get_by_role("button", name=label, exact=True).tap()
        await self.settled()

    async def press_step(self, label: str, title: str) -> None:
        """A button of the step with this title, on the newest board."""
        step = self.page.locator(f'#messages .prose:has-text("{title}") + .actions')
        await step.last.get_by_role("button", name=label, exact=True).tap()
        await self.settled()

    async def settled(self) -> None:
        """Whatever was asked for is answered."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    @property
    def modal(self) -> Locator:
        """The open modal."""
        return self.page.get_by_role("dialog")
