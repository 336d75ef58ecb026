"""The pages as a browser shows them, in both themes, as PNGs of few colours."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.screenshots.scene import Scene

THEMES = ("light", "dark")
CONSOLE = {"width": 1440, "height": 920}
STATUS = {"width": 1000, "height": 920}
COLOURS = 192
CARD = "PROTECTED"
TO_THE_TOP = """node => {
  const list = document.getElementById("messages");
  list.scrollTop += node.getBoundingClientRect().top - list.getBoundingClientRect().top;
}"""
LARGEST = 300_000
NAMES = tuple(f"{what}-{theme}.png" for what in ("console", "status") for theme in THEMES)


async def draw(scene: Scene, browser: Browser, out: Path) -> None:
    """Every picture of the README."""
    for theme in THEMES:
        _keep(out / f"console-{theme}.png", await _console(scene, browser, theme))
        _keep(out / f"status-{theme}.png", await _status(scene, browser, theme))


async def _console(scene: Scene, browser: Browser, theme: str) -> bytes:
    page = await _opened(browser, CONSOLE, theme)
    await page.goto(scene.console_url)
    await (
        page.get_by_role("navigation", name="Conversations").get_by_role("button", name=scene.channel).click()
    )
    await expect(page.get_by_role("heading", level=2, name=scene.channel)).to_be_visible()
    card = page.locator("#messages [data-ts]").filter(has_text=CARD).first
    await expect(card).to_be_visible()
    await card.evaluate(TO_THE_TOP)
    await expect(page.locator("#world")).to_contain_text("Public status page")
    return await _shot(page)


async def _status(scene: Scene, browser: Browser, theme: str) -> bytes:
    page = await _opened(browser, STATUS, theme)
    await page.goto(scene.status_url)
    return await _shot(page)


async def _opened(browser: Browser, size: dict[str, int], theme: str) -> Page:
    context = await browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]  # literals
    await context.add_init_script("localStorage.setItem('breakwater.tour', 'true')")
    return await context.new_page()


async def _shot(page: Page) -> bytes:
    await page.evaluate("document.activeElement?.blur()")
    await page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))")
    picture = await page.screenshot()
    await page.context.close()
    return picture


def _keep(path: Path, picture: bytes) -> None:
    """A page has few colours: a palette makes its picture a third as large, and nobody sees it."""
    with Image.open(io.BytesIO(picture)) as full:
        few = full.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}")
