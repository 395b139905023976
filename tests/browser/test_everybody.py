"""The pages for everybody: by keyboard, in the dark, on a phone, without JavaScript, for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Folders, Visit
from tests.browser.everywhere import OF_EACH_KIND, on_many_pages
from tests.browser.sites import MINUTE, NOW, checked, report, site, store_at, task_path

from py_pinger.core.model.task import Task

pytestmark = in_chromium

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
SCHEMES: Final = ("light", "dark")

# What axe looks for in each scheme: everything once, and what depends on colours again.
RULES: Final[Mapping[Literal["light", "dark"], dict[str, object]]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}

# How bright a colour is, from 0 to 255.
DARK, BRIGHT = 60, 200

PHONE = {"width": 390, "height": 844}

# Pixels of CSS in the width of a screen of 1280 at 200 %.
DOUBLED = 640

# A name that is read from right to left.
LEFTWARD = "گزارش فروش روزانه"


@pytest.fixture
def leftward(tmp_path_factory: Folders) -> Iterator[str]:
    """Serve one failing task with a name from right to left, and return where."""
    url = "https://db-1.example.com/status/report"
    task = Task(url, url)
    with store_at(tmp_path_factory.mktemp("leftward") / "pinger.db") as store:
        store.set_tasks((task,))
        failing = report(status="error", reason="the disk is full", process=LEFTWARD, server="db-1")
        store.record(list(checked(task, [(NOW - MINUTE, failing)])), [], [])
        with site(store, (task,)) as server:
            yield server.url


async def test_axe_finds_nothing(visit: Visit, addresses: dict[str, str]) -> None:
    """axe-core finds no violation on a page of each kind."""
    await _axe_finds_nothing(visit, {name: addresses[name] for name in OF_EACH_KIND}, "light")


@pytest.mark.parametrize("name", ["overview", "task in error"])
async def test_axe_finds_nothing_in_the_dark(visit: Visit, addresses: dict[str, str], name: str) -> None:
    """axe-core finds no faint colours on dark pages with each status."""
    await _axe_finds_nothing(visit, {name: addresses[name]}, "dark")


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_anywhere(
    visit: Visit, addresses: dict[str, str], scheme: Literal["light", "dark"]
) -> None:
    """axe-core finds no violation on any page, and no faint colours in the dark either."""
    await _axe_finds_nothing(visit, addresses, scheme)


async def _axe_finds_nothing(
    visit: Visit, addresses: Mapping[str, str], scheme: Literal["light", "dark"]
) -> None:
    async with visit("", color_scheme=scheme) as visitor:
        for name, url in addresses.items():
            page = await visitor.see(url)
            await page.evaluate(AXE)
            found: dict[str, Any] = await page.evaluate("options => axe.run(options)", RULES[scheme])
            assert list(_named(found["violations"])) == [], (name, scheme)


def _named(violations: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in violations:
        yield f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']][:3]}"


@on_many_pages
async def test_pages_scroll_down_only(visit: Visit, addresses: dict[str, str], names: Iterable[str]) -> None:
    """On a phone and at 200 % on a screen of 1280 pixels, nothing sticks out at the side of any page."""
    async with visit("", **PHONE) as visitor:
        for name in names:
            page = await visitor.see(addresses[name])
            for width in PHONE["width"], DOUBLED:
                await page.set_viewport_size({"width": width, "height": PHONE["height"]})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})


@on_many_pages
async def test_a_page_is_whole_without_javascript(
    visit: Visit, addresses: dict[str, str], names: Iterable[str]
) -> None:
    """Without JavaScript nothing is hidden but what needs it, and the page has itself loaded anew."""
    async with visit("", java_script_enabled=False) as visitor:
        for name in names:
            page = await visitor.see(addresses[name])
            await expect(page.get_by_role("heading", level=1), name).to_be_visible()
            await expect(page.locator("main [hidden]:not([data-copy])"), name).to_have_count(0)
            refreshed = page.locator("noscript meta[http-equiv=refresh]")
            lively = await page.locator("body[data-live]").count()
            await expect(refreshed, name).to_have_count(lively)


async def test_the_choice_works_without_javascript(visit: Visit, seeded: str) -> None:
    """The form has a button then, which leads to the tasks that were asked for."""
    async with visit(seeded, java_script_enabled=False) as visitor:
        page = await visitor.see("/")
        await page.get_by_role("searchbox").fill("backup")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.locator("#list tr[data-status]")).to_have_count(2)


async def test_the_keyboard_is_enough(visit: Visit, seeded: str) -> None:
    """Tab leads past the navigation, to the search and to a task, and where one is can be seen."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await tab_to(page, "#filter [name=q]")
        await page.keyboard.type("backup")
        await expect(page.locator("#list tr[data-status]")).to_have_count(2)
        await tab_to(page, "#list tr[data-status] th a")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(seeded + task_path("https://db-1.example.com/status/nightly-backup"))


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus; each on the way there has to show it."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus-visible")
        await expect(focused).not_to_have_css("outline-style", "none")
        if await focused.evaluate("(element, selector) => element.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not lead to {selector}")


async def test_the_dark_is_dark(visit: Visit, seeded: str) -> None:
    """Who prefers dark pages gets them: a dark ground, and light words on it."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.emulate_media(color_scheme="light")
        assert await brightness(page, "backgroundColor") > BRIGHT
        assert await brightness(page, "color") < DARK
        await page.emulate_media(color_scheme="dark")
        assert await brightness(page, "backgroundColor") < DARK
        assert await brightness(page, "color") > BRIGHT


async def brightness(page: Page, colour: str) -> float:
    """Return how bright a colour of the page is, from 0 to 255."""
    values: list[int] = await page.evaluate(
        "colour => getComputedStyle(document.body)[colour].match(/[0-9]+/g).slice(0, 3).map(Number)", colour
    )
    return sum(values) / len(values)


async def test_print_is_dark_on_white(visit: Visit, seeded: str) -> None:
    """Who prefers dark pages gets dark words on paper all the same."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.emulate_media(media="print", color_scheme="dark")
        assert await brightness(page, "backgroundColor") > BRIGHT
        assert await brightness(page, "color") < DARK
        mark = "getComputedStyle(document.querySelector('.status.ok'), '::before').printColorAdjust"
        assert await page.evaluate(mark) == "exact"


async def test_print_has_all_groups(visit: Visit, seeded: str) -> None:
    """What is closed on the screen is printed: each task has its line on paper."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        closed = page.locator("#list > details:not([open]) tr[data-status]").first
        assert not await closed.evaluate("row => row.checkVisibility()")
        await page.emulate_media(media="print")
        assert await closed.evaluate("row => row.checkVisibility()")


async def test_print_has_silences(visit: Visit, silenced: str) -> None:
    """The form to end silences is printed as the table that it holds."""
    async with visit(silenced) as visitor:
        page = await visitor.see("/silences")
        await page.emulate_media(media="print")
        await expect(page.get_by_text("moving to the new server").first).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_forced_colours_keep_the_marks(visit: Visit, seeded: str, scheme: Any) -> None:  # noqa: ANN401 - one of Playwright's own names
    """Where the system's colours replace the page's, as with high contrast, each status keeps its mark."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.emulate_media(forced_colors="active", color_scheme=scheme)
        for status in ("ok", "error"):
            mark = page.locator(f".tasks .status.{status}").first
            painted = await mark.evaluate("element => getComputedStyle(element, '::before').backgroundColor")
            ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert painted != ground


async def test_names_from_right_to_left(visit: Visit, leftward: str) -> None:
    """A name in Persian is whole, and what follows it stays on its right, on all pages that have it."""
    async with visit(leftward) as visitor:
        for path in "/", "/incidents":
            page = await visitor.see(path)
            name = page.get_by_text(LEFTWARD).first
            server = page.get_by_text(re.compile("^on ")).first
            await expect(name, path).to_have_css("unicode-bidi", "isolate")
            first, second = await name.bounding_box(), await server.bounding_box()
            assert first is not None
            assert second is not None
            assert first["x"] + first["width"] <= second["x"]
