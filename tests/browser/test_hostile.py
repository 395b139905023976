"""Tasks that mean harm, on every page: what they say is text and nothing else."""

from __future__ import annotations

import re
from itertools import product
from unicodedata import category
from urllib.parse import quote

from playwright.async_api import expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.hostile import SCRIPT, URLS
from tests.browser.sites import history_path, task_path

pytestmark = in_chromium

PAGES = {
    "overview": "/",
    "grouped by process": "/?group=process",
    "searched for": f"/?q={quote(SCRIPT)}",
    "incidents": "/incidents",
    "incidents searched for": f"/incidents?q={quote(SCRIPT)}&server={quote(SCRIPT)}",
    "unknown status": f"/?status={quote(SCRIPT)}",
    "comfortable": "/?view=comfortable",
    "wall": "/wall",
    "wall of some": f"/wall?server={quote(SCRIPT)}",
    "health": "/health",
    "nowhere": f"/task/{quote(SCRIPT)}",
    **{f"task {name}": task_path(url) for name, url in URLS.items()},
    "history": history_path(URLS["script"]),
}


OURS = "script[src^='/static/'], svg.logo, svg.bar, svg.gauge, .plot > svg, .ticks > svg, svg.length"
# The browser notes that a status that does not exist is answered with 400.
REFUSED = re.compile(r"Failed to load resource: .* status of 400 .*")
DIRECTIONS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
EVIL = f"script:not({OURS}), svg:not({OURS}), img, iframe, [onerror], [onload]"
TEXT = """[document.title, document.body.innerText,
    ...Array.from(document.querySelectorAll("[title], [aria-label]"), (each) => each.title + each.ariaLabel)
].join()"""


def unwanted(text: str) -> set[str]:
    """Return the characters in a text that steer how it is shown: controls, and marks of direction."""
    steering = {each for each in text if category(each) in {"Cc", "Zl", "Zp"}}
    return steering - {"\n", "\t"} | set(text) & DIRECTIONS


async def test_no_page_takes_what_a_task_says_for_more_than_text(visit: Visit, hostile: str) -> None:
    """Nothing runs, no element and no mark that reorders text gets in, and a phone scrolls down only."""
    async with visit(hostile, REFUSED, width=390, height=844) as visitor:
        for name, path in PAGES.items():
            page = await visitor.see(path)
            assert await page.evaluate("typeof harmed") == "undefined", name
            await expect(page.locator(EVIL), name).to_have_count(0)
            assert unwanted(await page.evaluate(TEXT)) == set(), name
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390, name


async def test_what_it_says_can_be_read(visit: Visit, hostile: str) -> None:
    """The text is there to the letter, as far as it fits."""
    async with visit(hostile) as visitor:
        page = await visitor.see(task_path(URLS["script"]))
        await expect(page.locator("#headline .reason")).to_have_text(SCRIPT)
        await expect(page.get_by_role("heading", level=1)).to_have_text(SCRIPT)
        page = await visitor.see(task_path(URLS["template"]))
        await expect(page.locator("#headline .reason")).to_contain_text("{{ 7 * 7 }} ${7 * 7} &lt;b&gt;")
        page = await visitor.see(task_path(URLS["marks"]))
        await expect(page.get_by_role("heading", level=1)).to_have_text("paid txt.exe")


async def test_no_badge_is_more_than_a_picture(visit: Visit, hostile: str) -> None:
    """A badge is well-formed SVG, and runs nothing even where it is opened by itself."""
    async with visit(hostile) as visitor:
        for url, query in product(URLS.values(), ("", "?uptime=7")):
            page = await visitor.see(f"/badge/{quote(url, safe='')}.svg{query}")
            assert await page.evaluate("document.documentElement.localName") == "svg", url
            assert await page.evaluate("typeof harmed") == "undefined", url
            harm = page.locator("script, img, parsererror, [onload], [onerror]")
            await expect(harm, url).to_have_count(0)
            assert unwanted(await page.evaluate("document.documentElement.textContent")) == set(), url


async def test_the_feed_is_sound(visit: Visit, hostile: str) -> None:
    """The Atom feed is well-formed XML with one entry for each incident, and no mark that reorders text."""
    async with visit(hostile) as visitor:
        page = await visitor.see("/")
        feed = await (await page.request.get(f"{hostile}/incidents.atom")).text()
        counted = """feed => {
            const read = new DOMParser().parseFromString(feed, "application/xml");
            return ["parsererror", "entry", "script"].map(name => read.getElementsByTagName(name).length);
        }"""
        assert await page.evaluate(counted, feed) == [0, len(URLS), 0]
        assert unwanted(feed) == set()
