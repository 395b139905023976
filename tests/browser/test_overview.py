"""The overview as a browser shows it: what stands there at once, what the reader chooses, what it weighs."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.visitor import titled

pytestmark = in_chromium

# Bytes, uncompressed: the document and all it needs.
HEAVIEST = 145_000

ROWS = "#list tr[data-status]"
TOP = "#top tr[data-status]"


async def test_the_overview_shows_first_what_needs_attention(visit: Visit, seeded: str) -> None:
    """One sentence, the title and the icon show the state; failing tasks come first, then the others."""
    async with visit(seeded) as visitor:
        amiss = [row for row in await visitor.rows() if row["incident_since"]]
        sentence = f"{len(amiss)} of 40 tasks need attention"
        page = await visitor.see("/")
        await expect(page).to_have_title(titled(sentence))
        await expect(page.get_by_role("heading", level=1)).to_have_text(sentence)
        await expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-error"))
        await expect(page.locator(TOP)).to_have_count(len(amiss))
        await expect(page.locator(ROWS)).to_have_count(40 - len(amiss))
        await expect(page.locator(f"{ROWS} svg.bar rect").first).to_be_visible()


async def test_a_search_narrows_as_it_is_typed(visit: Visit, seeded: str) -> None:
    """Typing leaves the tasks that match, in the URL too, and the next look at the server changes nothing."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.get_by_role("searchbox").press_sequentially("backup")
        await expect(page.locator(ROWS)).to_have_count(2)
        await expect(page).to_have_url(f"{seeded}/?q=backup")
        await expect(page.locator("#found")).to_have_text("2 of 40 tasks")
        await page.reload()
        await expect(page.get_by_role("searchbox")).to_have_value("backup")
        await expect(page.locator(ROWS)).to_have_count(2)


async def test_filter_and_group_stand_in_the_url(visit: Visit, seeded: str) -> None:
    """What is chosen from the lists narrows and groups the tasks, and its URL shows the same to others."""
    async with visit(seeded) as visitor:
        silent = [row for row in await visitor.rows() if row["cause"] == "unreachable"]
        page = await visitor.see("/")
        await page.get_by_role("combobox", name="Cause").select_option("unreachable")
        await expect(page.locator(ROWS)).to_have_count(len(silent))
        await page.get_by_role("combobox", name="Group by").select_option("none")
        await expect(page.locator("#list > details")).to_have_count(0)
        await expect(page).to_have_url(f"{seeded}/?cause=unreachable&group=none")


async def test_a_link_shows_what_its_sender_saw(visit: Visit, seeded: str) -> None:
    """A URL with a choice shows these tasks in this order, and the controls say so."""
    async with visit(seeded) as visitor:
        failing = [row for row in await visitor.rows() if row["status"] == "error"]
        page = await visitor.see("/?status=error&sort=name&group=none")
        names = sorted((row["name"] or row["process"] for row in failing), key=str.casefold)
        await expect(page.locator(f"{ROWS} th a")).to_have_text(names)
        for label, chosen in ("Status", "error"), ("Sort by", "name"), ("Group by", "none"), ("Cause", ""):
            await expect(page.get_by_role("combobox", name=label)).to_have_value(chosen)


async def test_the_back_button_undoes_a_choice(visit: Visit, seeded: str) -> None:
    """A click on a count or a heading can be taken back, controls and all, without loading the page anew."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.evaluate("window.loadedOnce = true")
        await page.locator("#headline").get_by_role("link", name="2 sleeping").click()
        await expect(page.locator(ROWS)).to_have_count(2)
        by_name = page.get_by_role("navigation", name="Sort by").get_by_role("link", name="Task")
        await by_name.click()
        await expect(by_name).to_have_attribute("aria-current", "true")
        await expect(page).to_have_url(f"{seeded}/?status=sleeping&sort=name")
        await page.go_back()
        await page.go_back()
        await expect(page.locator("tr[data-status]")).to_have_count(40)
        await expect(page.get_by_role("combobox", name="Status")).to_have_value("")
        assert await page.evaluate("window.loadedOnce")


async def test_a_hundred_tasks_weigh_little(visit: Visit, crowded: str) -> None:
    """The first look at a hundred tasks takes less than 145 kB in all, and nothing from another host."""
    async with visit(crowded) as visitor:
        page = await visitor.see("/")
        await expect(page.locator("tr[data-status]")).to_have_count(100)
        await page.wait_for_load_state("networkidle")
        assert await visitor.weight() < HEAVIEST
        assert all(answer.url.startswith(crowded) for answer in visitor.answers)


async def test_the_details_open_in_the_row(visit: Visit, seeded: str) -> None:
    """URL, response time and checks are a click away, and the URL is the tooltip of the name."""
    url = "https://web-2.example.com/status/index-products"
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        row = page.locator(ROWS).filter(has=page.get_by_role("link", name="Index products"))
        await expect(row.locator(".url")).to_be_hidden()
        await row.locator("summary").click()
        await expect(row.locator(".url")).to_have_text(url)
        await expect(row.locator("details")).to_contain_text("response time")
        await row.get_by_role("link").hover()
        await expect(row.get_by_role("link")).to_have_attribute("title", url)


async def test_the_comfortable_view_stands_in_the_url(visit: Visit, seeded: str) -> None:
    """Chosen from the list, it opens the details of all rows, and the URL keeps it."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/?group=none")
        await expect(page.locator("#list .url").first).to_be_hidden()
        await page.get_by_role("combobox", name="View").select_option("comfortable")
        await expect(page.locator("#list .url").first).to_be_visible()
        await expect(page).to_have_url(f"{seeded}/?group=none&view=comfortable")
        await page.get_by_role("combobox", name="View").select_option("compact")
        await expect(page.locator("#list .url").first).to_be_hidden()


async def test_the_head_of_the_list_sticks(visit: Visit, seeded: str) -> None:
    """Far down the list its head is still at the upper edge of the window."""
    async with visit(seeded, height=500) as visitor:
        page = await visitor.see("/?group=none")
        await page.locator(ROWS).last.scroll_into_view_if_needed()
        head = await page.locator("#columns").bounding_box()
        assert head is not None
        assert abs(head["y"]) < 1


async def test_a_search_opens_the_groups_and_their_end_closes_them(visit: Visit, seeded: str) -> None:
    """Groups that are well are closed; what a search finds in them is visible."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        closed = page.locator("#list > details:not([open])")
        count = await closed.count()
        assert count > 0
        await page.get_by_role("searchbox").press_sequentially("web-1 import")
        await expect(page.locator(ROWS)).to_have_count(1)
        await expect(page.locator(ROWS)).to_be_visible()
        await page.get_by_role("searchbox").clear()
        await expect(closed).to_have_count(count)
