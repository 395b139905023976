"""The page of a task and its history: the calendar, the strip and the charts, by pointer and by keyboard."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.everywhere import FAILING, FAILING_URL
from tests.browser.sites import NOW, history_path, task_path
from tests.browser.visitor import Visitor

pytestmark = in_chromium

ORDERS = task_path("http://localhost:3002/demo/import-orders")
# Its orders were rejected on the 19th in UTC, from 06:07 to 07:08.
FAULTY = ".calendar td > a[href$='day=2026-11-19']"
PHONE = {"width": 390, "height": 844}

TIMES = """[...document.querySelectorAll("time[data-as]")].filter(each => each.dataset.as !== "for")
    .map(each => [each.dateTime, each.dataset.as, each.textContent])"""
OTHER_TEXTS = """[...document.querySelectorAll("main svg title, main [title]:not(time), main [aria-label]")]
    .flatMap(each => [each.textContent, each.title, each.ariaLabel].filter(Boolean))"""
FORMS = {
    "full": r"%Y-%m-%d %H:%M:%S",
    "clock": r"(?:%Y-%m-%d )?%H:%M",
    "exact": r"(?:%Y-%m-%d )?%H:%M:%S",
    "time": "%H:%M",
}


async def opened(visitor: Visitor, path: str) -> Page:
    """Open a page whose clock stands still, and wait until its days are those of the reader."""
    await visitor.page.clock.set_fixed_time(NOW)
    page = await visitor.see(path)
    zone = await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    await expect(page.locator("[data-zone]")).to_have_attribute("data-zone", zone)
    return page


async def shown_card(page: Page) -> str:
    """Return the text of the card that is shown; all others are hidden."""
    texts: list[str] = await page.evaluate(
        """[...document.querySelectorAll(".card")].filter(each => each.clientWidth > 50)
            .map(each => each.innerText)"""
    )
    return " | ".join(" ".join(text.split()) for text in texts)


async def test_a_day_says_what_was_wrong(visit: Visit, demo: str) -> None:
    """To the pointer and to the keyboard, without JavaScript too; a click leads to the history of the day."""
    said = (
        "Thu 19 Nov 95.7 % ok, 1 h 1 min in error "
        "06:07\N{EN DASH}07:08{} failed: 3 of 987 orders were rejected"
    )
    async with visit(demo, java_script_enabled=False) as visitor:
        page = await visitor.see(ORDERS)
        await page.locator(FAULTY).focus()
        await expect(page.locator(f"{FAULTY} .card")).to_have_css("clip-path", "none")
        card = page.locator(f"{FAULTY} .card")
        assert " ".join((await card.inner_text()).split()) == said.format(" UTC")
    async with visit(demo, timezone_id="UTC") as visitor:
        page = await opened(visitor, ORDERS)
        assert await shown_card(page) == ""
        await page.locator(FAULTY).hover()
        assert await shown_card(page) == said.format("")
        await page.locator(FAULTY).click()
        await expect(page).to_have_url(re.compile(r"/history/.*\?day=2026-11-19"))
        await expect(page.get_by_role("heading", name="Thu 19 Nov 2026 in UTC")).to_be_visible()
        await expect(page.locator("tbody .status.error").first).to_be_visible()


async def test_arrow_keys_move_in_the_calendar(visit: Visit, demo: str) -> None:
    """Tab stops once, at today; arrows lead to the day and the week before and after."""
    async with visit(demo, timezone_id="UTC") as visitor:
        page = await opened(visitor, ORDERS)
        await expect(page.locator(".calendar td > a[tabindex='0']")).to_have_count(1)
        await page.locator(".calendar td > a[tabindex='0']").focus()
        for key, day in (
            ("ArrowDown", "2026-11-22"),
            ("ArrowUp", "2026-11-21"),
            ("ArrowLeft", "2026-11-14"),
            ("ArrowDown", "2026-11-15"),
            ("ArrowDown", "2026-11-16"),
            ("ArrowUp", "2026-11-15"),
            ("ArrowRight", "2026-11-22"),
        ):
            await page.keyboard.press(key)
            await expect(page.locator(":focus")).to_have_attribute("href", re.compile(f"day={day}"))
        assert (await shown_card(page)).startswith("Sun 22 Nov")


async def test_values_follow_the_pointer(visit: Visit, demo: str) -> None:
    """Over the strip the status and the nearest run, over a chart the numbers of the hour."""
    async with visit(demo, timezone_id="Asia/Kolkata") as visitor:
        page = await opened(visitor, ORDERS)
        box = await page.locator(".strip .bar").bounding_box()
        assert box
        await page.locator(".strip").hover(position={"x": box["width"] * (24 * 60 - 82) / (24 * 60), "y": 10})
        await expect(page.locator(".cross")).to_contain_text("ok: ")
        await expect(page.locator(".cross")).to_contain_text("; run at 14:15")
        await page.locator("#response-time .plot").first.hover(position={"x": 200, "y": 40})
        await expect(page.locator(".cross")).to_have_count(1)
        await expect(page.locator(".cross")).to_have_text(
            re.compile(r"(2026-11-2\d )?\d\d:30: \d+ to \d+ ms, mean \d+")
        )


async def test_days_and_times_are_in_the_zone_of_the_switch(visit: Visit, seeded: str) -> None:
    """The calendar begins its days where the switch says, and so does the history; all times follow."""
    for zone, city in (("America/New_York", "New York"), ("Asia/Kolkata", "Calcutta")):
        async with visit(seeded, timezone_id=zone) as visitor:
            for path in (FAILING, history_path(FAILING_URL), history_path(FAILING_URL, "?day=2026-11-21")):
                page = await opened(visitor, path)
                await expect_times(page, zone)
            await expect(page.get_by_role("heading", name=f"Sat 21 Nov 2026 in {city}")).to_be_visible()
            await page.get_by_label("Time zone").select_option("UTC")
            await expect(page.get_by_role("heading", name="Sat 21 Nov 2026 in UTC")).to_be_visible()
            await expect_times(page, "UTC")


async def expect_times(page: Page, zone: str) -> None:
    """Expect every `<time>` in a zone, and no moment in UTC left in a tooltip or label."""
    times: list[tuple[str, str, str]] = await page.evaluate(TIMES)
    assert len(times) > 20
    for moment, form, text in times:
        local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
        if form == "day":
            assert (text, local.hour) == (f"{local:%a} {local.day}", 0)
        else:
            assert re.fullmatch(f"{local:{FORMS[form]}}", text), (moment, form, text)
    if zone != "UTC":
        others: list[str] = await page.evaluate(OTHER_TEXTS)
        assert [text for text in others if re.search(r"\d\d:\d\d(:\d\d)?( UTC|Z)", text)] == []


async def test_a_phone_reads_well(visit: Visit, demo: str) -> None:
    """One column; the calendar fits, its days are large enough to touch, and its card is below it."""
    async with visit(demo, timezone_id="UTC", **PHONE) as visitor:
        page = await opened(visitor, ORDERS)
        await page.locator(FAULTY).focus()
        day, card, last = [
            await page.locator(each).bounding_box()
            for each in (FAULTY, f"{FAULTY} .card", ".calendar tbody tr:last-child")
        ]
        assert day
        assert card
        assert last
        assert min(day["width"], day["height"]) >= 21
        assert card["y"] >= last["y"] + last["height"] - 4
        assert card["x"] + card["width"] <= PHONE["width"]


async def test_days_keep_their_shapes_without_colours(visit: Visit, demo: str) -> None:
    """With forced colours a day in error is filled from below, and one without errors is not."""
    async with visit(demo, timezone_id="UTC") as visitor:
        page = await opened(visitor, ORDERS)
        await page.emulate_media(forced_colors="active")
        images = [
            await page.locator(f".calendar td{level}").first.evaluate(
                "each => getComputedStyle(each).backgroundImage"
            )
            for level in (".error-2", ".ok")
        ]
        assert images[0].startswith("linear-gradient")
        assert images[1] == "none"
