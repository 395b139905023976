"""The demo in a browser: it says what it is, and what to do next."""

from __future__ import annotations

from playwright.async_api import expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit

pytestmark = in_chromium


async def test_the_banner_says_how_to_watch_other_tasks(visit: Visit, demo: str) -> None:
    """The steps open at a click, and stay open while the page follows; one leads to a task's page."""
    async with visit(demo) as visitor:
        page = await visitor.see("/")
        await expect(page.locator(".demo li").first).to_be_hidden()
        await page.get_by_text("Watch your own tasks").click()
        await expect(page.locator(".demo li")).to_have_count(4)
        await expect(page.locator(".demo li").last).to_be_visible()
        await expect(page.get_by_text("2 of 12 tasks need attention")).to_be_visible()
        await page.locator(".demo a").click()
        await expect(page.locator("body")).to_contain_text('"process": "Import orders"')
