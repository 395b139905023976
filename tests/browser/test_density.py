"""How much of forty tasks is visible at once, on screens of four sizes, and what a finger can hit."""

from __future__ import annotations

import pytest
from playwright.async_api import Page
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.everywhere import FAILING, FAILING_URL
from tests.browser.sites import history_path, task_path

pytestmark = in_chromium

PHONE = {"width": 390, "height": 844}

# Pixels: the height of the page of forty tasks on a phone, of a row in a table, and of what a finger can hit.
TALLEST = 3_000
ROW = 30
FINGER = 44

HISTORY = history_path(FAILING_URL)

VISIBLE = """[...document.querySelectorAll("tr[data-status]")].filter(row => {
    const { top, bottom, height } = row.getBoundingClientRect();
    return row.checkVisibility() && height > 0 && top >= 0 && bottom <= innerHeight;
}).length"""

# Links within a sentence are as high as their line. The days of a calendar are as large as the weeks that
# have to fit next to each other; the days with errors are also listed next to it.
SMALL = """least => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
    .filter(each => each.checkVisibility())
    .filter(each => !each.matches(".skip, p:not(:only-child) > a, .banner a, .calendar td > a"))
    .filter(each => {
        const area = each.matches("tr[data-status] a") ? each.closest("tr") : each;
        return area.getBoundingClientRect().height < least;
    })
    .map(each => `${each.outerHTML.slice(0, 80)} ${each.getBoundingClientRect().height}`)"""


async def test_many_tasks_are_visible_at_once(visit: Visit, seeded: str) -> None:
    """So many of forty tasks are visible without scrolling, and nothing sticks out at the side."""
    async with visit(seeded) as visitor:
        for width, height, least in ((1280, 900, 14), (1920, 1080, 20), (390, 844, 12), (1100, 800, 10)):
            await visitor.page.set_viewport_size({"width": width, "height": height})
            page = await visitor.see("/")
            assert await page.evaluate(VISIBLE) >= least, width
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, width


async def test_the_demo_is_visible_at_once(visit: Visit, demo: str) -> None:
    """All tasks of the demo are visible on a desk, and most of them on a phone."""
    async with visit(demo) as visitor:
        for width, height, least in ((1280, 900, 12), (1920, 1080, 12), (1100, 800, 10), (390, 844, 10)):
            await visitor.page.set_viewport_size({"width": width, "height": height})
            page = await visitor.see("/")
            assert await page.evaluate(VISIBLE) >= least, width


@pytest.mark.parametrize("path", ["/", "/?group=none"])
async def test_forty_tasks_are_short_on_a_phone(visit: Visit, seeded: str, path: str) -> None:
    """The page of forty tasks is below 3,000 pixels high on a phone, with all groups open as well."""
    async with visit(seeded, **PHONE) as visitor:
        page = await visitor.see(path)
        assert await page.evaluate("document.documentElement.scrollHeight") < TALLEST


@pytest.mark.parametrize("width", [640, 700, 1280])
async def test_a_row_is_one_line(visit: Visit, seeded: str, width: int) -> None:
    """From 640 pixels on a task is one line of a table, failing or not."""
    async with visit(seeded, width=width + 1) as visitor:
        page = await visitor.see("/?group=none")
        heights = await page.evaluate(
            "[...document.querySelectorAll('tr[data-status]')].map(row => row.getBoundingClientRect().height)"
        )
        assert max(heights) < ROW
        assert await page.evaluate("document.documentElement.scrollWidth") <= width + 1


async def test_a_finger_hits(visit: Visit, seeded: str) -> None:
    """On a phone whatever can be touched is 44 pixels high, except for a link within a sentence."""
    async with visit(seeded, **PHONE) as visitor:
        for path in ("/", "/?view=comfortable", "/incidents", "/silences", "/health", FAILING, HISTORY):
            page = await visitor.see(path)
            assert await page.evaluate(SMALL, FINGER) == [], path


@pytest.mark.parametrize(
    ("place", "path"),
    [("silenced", "/silences"), ("seeded", "/health"), ("seeded", HISTORY)],
)
async def test_no_word_is_broken_on_a_phone(visit: Visit, origin: str, path: str) -> None:
    """On a phone each value of a table has the width for words: tables become lists."""
    async with visit(origin, **PHONE) as visitor:
        page = await visitor.see(path)
        assert await _narrowest(page) > PHONE["width"] / 2


async def test_the_head_of_runs_is_one_line_on_a_phone(visit: Visit, demo: str) -> None:
    """On a phone neither a heading of the runs nor the length of a run is broken."""
    async with visit(demo, **PHONE) as visitor:
        page = await visitor.see(task_path("http://localhost:3002/demo/import-orders"))
        heights = await page.evaluate(
            "[...document.querySelectorAll('.runs :is(thead th, tbody td)')].map(each => each.clientHeight)"
        )
        assert len(heights) > 50
        assert max(heights) < 2 * ROW


async def test_marks_do_not_cover_words_on_a_phone(visit: Visit, dated: str) -> None:
    """The reason and the duration of a silenced task with a long name stand beside each other."""
    async with visit(dated, **PHONE) as visitor:
        page = await visitor.see("/")
        row = page.locator("#apart tr[data-status]")
        reason = await row.locator(".why").bounding_box()
        length = await row.locator("td").nth(1).bounding_box()
        mark = await row.locator(".status.silenced").bounding_box()
        assert reason is not None
        assert length is not None
        assert mark is not None
        assert reason["x"] + reason["width"] <= length["x"]
        assert mark["y"] + mark["height"] <= reason["y"] + 1


async def _narrowest(page: Page) -> float:
    """Return the width of the narrowest cell of a table, in pixels."""
    width: float = await page.evaluate(
        "Math.min(...[...document.querySelectorAll('.listed [data-column]')].map(each => each.clientWidth))"
    )
    return width


async def test_the_header_is_one_line_on_a_phone(visit: Visit, seeded: str) -> None:
    """The mark, the four pages and the zone stand side by side, whatever the name of the zone."""
    async with visit(seeded, **PHONE, timezone_id="America/Argentina/Buenos_Aires") as visitor:
        page = await visitor.see("/")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        tops = await page.evaluate(
            "[...document.querySelectorAll('header a')].map(each => Math.floor(each.offsetTop / 20))"
        )
        assert len(set(tops)) == 1


async def test_a_failing_row_has_a_red_edge_on_a_phone(visit: Visit, seeded: str) -> None:
    """A failing task is marked at its edge, on top and in the list."""
    async with visit(seeded, **PHONE) as visitor:
        page = await visitor.see("/?status=error")
        shadows = await page.evaluate(
            "[...document.querySelectorAll('[data-status=error]')].map(e => getComputedStyle(e).boxShadow)"
        )
        assert len(shadows) > 4
        assert all("inset" in each for each in shadows)
