"""The page for a screen on a wall: all at once, and honest when the server is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Folders, Visit
from tests.browser.sites import site, store_at, write_crowd

pytestmark = in_chromium

GONE = re.compile(r"Failed to load resource: net::ERR_\w+ at .*")

# Pixels below which a letter or a mark cannot be seen from a distance.
LETTERS, MARK = 10, 16

SCREENS = pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (3840, 2160)])

# All that sticks out of the window, and all text that sticks out of its tile at the bottom.
OUTSIDE = """() => [...document.querySelectorAll('li, h1, footer, #clock')].filter(each => {
    const box = each.getBoundingClientRect();
    return box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth;
}).concat([...document.querySelectorAll('.card > *, #tiles.large b')].filter(each => {
    const box = each.getBoundingClientRect();
    return box.bottom > each.closest('li').getBoundingClientRect().bottom + 1;
})).map(each => each.textContent.trim())"""
SIZES = """selector => [...document.querySelectorAll(selector)].map(each => {
    const box = each.getBoundingClientRect();
    return Math.min(box.width, box.height);
})"""
LETTER_SIZES = """selector => [...document.querySelectorAll(selector)].map(
    each => parseFloat(getComputedStyle(each).fontSize))"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve 300 tasks, and return where."""
    with (
        store_at(tmp_path_factory.mktemp("many") / "pinger.db") as store,
        site(store, write_crowd(store, 300)) as server,
    ):
        yield server.url


async def expect_no_scrolling(page: Page, width: int, height: int) -> None:
    """Expect that the page is as large as the window, and that nothing is cut off."""
    root = "document.documentElement"
    assert await page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
    assert await page.evaluate(OUTSIDE) == []


@SCREENS
async def test_forty_tasks_fit(visit: Visit, seeded: str, width: int, height: int) -> None:
    """All 40 tasks are on one screen with their names, the failing ones larger than the rest."""
    async with visit(seeded, width=width, height=height) as visitor:
        page = await visitor.see("/wall")
        await expect(page.locator("li")).to_have_count(40)
        await expect(page.locator("#tiles.large")).to_have_count(1)
        await expect_no_scrolling(page, width, height)
        cards, tiles = await page.evaluate(SIZES, ".card"), await page.evaluate(SIZES, ".tile")
        assert min(cards) > 1.5 * max(tiles)
        assert min(await page.evaluate(LETTER_SIZES, ".tile b")) >= LETTERS
        reasons = await page.locator(".card .why").all_text_contents()
        assert all(reason.strip() for reason in reasons)


@SCREENS
async def test_three_hundred_tasks_fit_as_marks(visit: Visit, many: str, width: int, height: int) -> None:
    """All 300 tasks are on one screen: the failing ones with their words, the rest as marks."""
    async with visit(many, width=width, height=height) as visitor:
        page = await visitor.see("/wall")
        await expect(page.locator("li")).to_have_count(300)
        await expect(page.locator("#tiles.small .tile")).to_have_count(285)
        await expect_no_scrolling(page, width, height)
        assert min(await page.evaluate(SIZES, ".tile")) >= MARK


async def test_a_size_may_be_chosen(visit: Visit, many: str) -> None:
    """Tiles with names fit, too, even if they are low."""
    async with visit(many, width=1920, height=1080) as visitor:
        page = await visitor.see("/wall?size=large")
        await expect(page.locator("#tiles.large .tile")).to_have_count(285)
        await expect_no_scrolling(page, 1920, 1080)


async def test_the_page_turns_grey_when_the_server_is_gone(visit: Visit, tmp_path_factory: Folders) -> None:
    """The clock goes on, the last update gets older, and then the page says since when nobody responds."""
    with (
        store_at(tmp_path_factory.mktemp("gone") / "pinger.db") as store,
        site(store, write_crowd(store, 3)) as server,
    ):
        async with visit(server.url, GONE) as visitor:
            page = visitor.page
            await page.clock.install()
            await visitor.see("/wall")
            await page.clock.fast_forward(1_000)
            await expect(page.locator("#updated")).to_have_text(re.compile(r"updated \d s ago"))
            await expect(page.locator("#clock")).to_have_text(re.compile(r"\d\d:\d\d"))
            server.stop()
            for _ in range(2):
                async with page.expect_event("requestfailed"):
                    await page.clock.fast_forward(5_000)
            await expect(page.locator("#offline")).to_contain_text("No response from Py Pinger since")
            assert "grayscale" in await page.evaluate(
                "getComputedStyle(document.querySelector('main')).filter"
            )


async def test_the_screen_stays_on(visit: Visit, seeded: str) -> None:
    """The page requests the Wake Lock of the screen as soon as it is visible."""
    async with visit(seeded) as visitor:
        await visitor.page.add_init_script(
            "Object.defineProperty(navigator, 'wakeLock',"
            " {value: {request: kind => { window.locked = kind; return Promise.resolve(); }}})"
        )
        page = await visitor.see("/wall")
        await page.wait_for_function("window.locked === 'screen'")
