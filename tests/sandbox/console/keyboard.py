"""Somebody at the console without a mouse: only keys are pressed, the page is only looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, expect

SIX = ("Alice", "Bob", "Carol", "Dana", "Erin", "Frank")
MANY, SOME, AGAIN = 80, 8, 5
# What has the focus, as somebody sees it: its words, its label, the words of its message, and those between
# it and the row of buttons before it.
FOCUS = """() => {
  const at = document.activeElement;
  const row = at.closest('.actions') ?? at.closest('.with-accessory');
  const near = [];
  let one = row?.previousElementSibling;
  for (; one && !one.matches('.actions'); one = one.previousElementSibling) near.push(one.textContent);
  if (row?.matches('.with-accessory')) near.push(row.textContent);
  return {
    id: at.id, tag: at.tagName, words: at.textContent ?? '', value: at.value ?? '',
    label: at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? '',
    message: at.closest('[data-ts]')?.textContent ?? '',
    buttons: [...(at.closest('[data-ts]')?.querySelectorAll('button') ?? [])].map((one) => one.textContent),
    near: near.join('\\n'), inDialog: Boolean(at.closest('dialog')),
  };
}"""


class Lost(AssertionError):
    """The keys did not lead there; the message says where they ended."""


@dataclass
class Keyboard:
    """`say` writes, `press` finds a button, `fill` a field, `become` another person."""

    page: Page

    async def become(self, name: str) -> None:
        """Be another of the six."""
        await self.page.keyboard.press(f"Alt+{SIX.index(name) + 1}")
        await expect(self.page.get_by_role("radio", name=re.compile(f"^{name} "))).to_be_checked()

    async def go(self, channel: str) -> None:
        """Walk through the list of conversations to the one whose name begins so."""
        heading = self.page.locator("#conversation h2")
        for key in (*["Alt+ArrowUp"] * SOME, *["Alt+ArrowDown"] * SOME * 2):
            if (await heading.inner_text()).startswith(channel):
                return
            await self.page.keyboard.press(key)
        raise Lost(f"no conversation {channel}; ended at {await heading.inner_text()!r}")

    async def say(self, words: str) -> None:
        """Write into the conversation and send it."""
        await self._composer()
        await self.page.keyboard.type(words)
        await self.page.keyboard.press("Enter")
        await self.settled()

    async def press(self, label: str, near: str) -> None:
        """The newest button with these words beneath these words."""
        await expect(self._told(label, near)).not_to_have_count(0)
        for _ in range(AGAIN):  # the page is redrawn while one walks through it
            if await self._walked(label, near):
                await self.page.keyboard.press("Enter")
                return await self.settled()
        raise Lost(f"no {label!r} near {near!r}; ended at {(await self._focus())['message'][:200]!r}")

    async def fill(self, label: str, words: str) -> None:
        """Type into the open modal's field with this label."""
        await self._tab(lambda seen: seen["label"].startswith(label) and seen["inDialog"], label)
        await self.page.keyboard.type(words)

    async def choose(self, option: str) -> None:
        """A radio button of the open modal: Tab leads to the group, arrows through it."""
        await self._tab(lambda seen: seen["inDialog"] and seen["tag"] == "INPUT", option)
        for _ in range(MANY):
            if (await self._focus())["label"].strip() == option:
                await self.page.keyboard.press("Space")
                return
            await self.page.keyboard.press("ArrowDown")
        raise Lost(f"no {option!r} to choose")

    async def submit(self, label: str) -> None:
        """The open modal's own button."""
        await self._tab(lambda seen: seen["inDialog"] and seen["words"].strip() == label, label)
        await self.page.keyboard.press("Enter")
        await self.settled()

    async def send(self, label: str) -> None:
        """The same, after which nothing is open any more."""
        await self.submit(label)
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def escape(self) -> None:
        """Put away what is open."""
        await self.page.keyboard.press("Escape")
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def settled(self) -> None:
        """Whatever was asked for is answered."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    def _told(self, label: str, near: str) -> Locator:
        button = self.page.get_by_role("button", name=label, exact=True)
        return self.page.locator("#messages [data-ts]").filter(has_text=near).filter(has=button)

    async def _composer(self) -> None:
        if (await self._focus())["id"] != "text":
            await self.page.keyboard.press("/")
        await expect(self.page.locator("#text")).to_be_focused()

    async def _walked(self, label: str, near: str) -> bool:
        """From the newest message upwards; whether the button was reached."""
        await self._composer()
        for _ in range(MANY):
            await self.page.keyboard.press("ArrowUp")
            seen = await self._focus()
            if near in seen["message"] and label in seen["buttons"] and await self._along(label, near):
                return True
        return False

    async def _along(self, label: str, near: str) -> bool:
        """Tab through one message; whether the button was reached."""
        for _ in range(MANY):
            await self.page.keyboard.press("Tab")
            seen = await self._focus()
            if near not in seen["message"]:
                return False
            if seen["words"].strip() == label and near in seen["near"]:
                return True
        return False

    async def _tab(self, found: Callable[[dict[str, Any]], bool], what: str) -> None:
        for _ in range(MANY):
            if found(await self._focus()):
                return
            await self.page.keyboard.press("Tab")
        raise Lost(f"no {what!r} within reach of Tab")

    async def _focus(self) -> dict[str, Any]:
        return dict(await self.page.evaluate(FOCUS))
