"""The switch of the colours: as the system, light or dark."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.test_everybody import BRIGHT, DARK, brightness

pytestmark = in_chromium

# The colours when the body of a page begins: what is painted first.
WATCH_BODY = """new MutationObserver(() => {
    if (document.body) window.firstScheme ??= getComputedStyle(document.documentElement).colorScheme;
}).observe(document, { childList: true, subtree: true })"""


async def _ground(page: Page) -> float:
    """Return how bright the ground of a page is."""
    return await brightness(page, "backgroundColor")


@pytest.mark.parametrize("system", ["light", "dark"])
async def test_the_choice_is_kept(visit: Visit, seeded: str, system: str) -> None:
    """Chosen colours hold on all pages, the wall too, until those of the system are chosen again."""
    async with visit(seeded, color_scheme=system) as visitor:
        page = await visitor.see("/")
        switch = page.get_by_label("Colours")
        await expect(switch).to_have_value("")
        await switch.select_option("dark")
        assert await _ground(page) < DARK
        for path in ("/health", "/wall", "/nowhere"):
            assert await _ground(await visitor.see(path)) < DARK
        page = await visitor.see("/")
        await expect(switch).to_have_value("dark")
        await switch.select_option("light")
        assert await _ground(page) > BRIGHT
        await switch.select_option("System")
        await page.reload()
        assert (await _ground(page) < DARK) is (system == "dark")


async def test_no_page_flashes(visit: Visit, seeded: str) -> None:
    """A page has its chosen colours before its body is there."""
    async with visit(seeded, color_scheme="light") as visitor:
        page = await visitor.see("/")
        await page.get_by_label("Colours").select_option("dark")
        await page.add_init_script(WATCH_BODY)
        await page.reload()
        assert await page.evaluate("window.firstScheme") == "dark"


async def test_without_javascript_there_is_no_switch(visit: Visit, seeded: str) -> None:
    """Without JavaScript the colours are those of the system."""
    async with visit(seeded, java_script_enabled=False, color_scheme="dark") as visitor:
        page = await visitor.see("/")
        await expect(page.locator("#colours")).to_be_hidden()
        await expect(page.locator("body")).to_have_css("background-color", "rgb(18, 21, 26)")


async def test_dark_pages_are_printed_on_white(visit: Visit, seeded: str) -> None:
    """Chosen dark colours are for the screen."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.get_by_label("Colours").select_option("dark")
        await page.emulate_media(media="print")
        assert await _ground(page) > BRIGHT


async def test_print_names_the_moment_and_the_zone(visit: Visit, seeded: str) -> None:
    """On paper stand the time of the page and its zone, but none of the controls."""
    async with visit(seeded, timezone_id="America/New_York") as visitor:
        page = await visitor.see("/")
        await page.emulate_media(media="print")
        await expect(page.locator("#as-of")).to_have_text("2026-11-22 05:07:12")
        await expect(page.get_by_label("Time zone")).to_be_visible()
        for hidden in ("#filter", "footer", "nav [aria-current]"):
            await expect(page.locator(hidden).first).to_be_hidden()
