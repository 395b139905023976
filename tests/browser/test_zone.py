"""One clock: every time on a page is in the zone that the switch in the header names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.everywhere import ASLEEP, FAILING
from tests.browser.sites import NOW

pytestmark = in_chromium

PAGES = ("/", "/incidents", "/health", FAILING, ASLEEP)
# Chromium knows Kolkata by its former name.
ZONES = {"America/New_York": "New York (UTC-5)", "Asia/Kolkata": "Calcutta (UTC+5:30)"}

TIMES = """[...document.querySelectorAll("time")]
    .map(each => [each.dateTime, each.dataset.as ?? "ago", each.textContent, each.title])"""


async def _expect_times(page: Page, zone: str, name: str) -> int:
    """Expect all times of a page in a zone, in their text and in their tooltip; return how many there are."""
    times: list[tuple[str, str, str, str]] = await page.evaluate(TIMES)
    for moment, form, text, tooltip in times:
        local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
        offset = name.partition("(")[2].rstrip(")") if "(" in name else name
        assert tooltip.startswith(f"{local:%Y-%m-%d %H:%M:%S} UTC")
        if local.utcoffset() == NOW.astimezone(ZoneInfo(zone)).utcoffset():
            assert tooltip == f"{local:%Y-%m-%d %H:%M:%S} {offset}"
        if form == "full":
            assert text == f"{local:%Y-%m-%d %H:%M:%S}"
        elif form == "clock":
            assert text.removeprefix(f"{local:%Y-%m-%d} ") == f"{local:%H:%M}"
    return len(times)


@pytest.mark.parametrize(("zone", "name"), ZONES.items(), ids=ZONES)
async def test_every_time_is_in_the_zone_that_is_named(
    visit: Visit, seeded: str, zone: str, name: str
) -> None:
    """On every page all times are in the reader's own zone, and in UTC on all of them once that is chosen."""
    async with visit(seeded, timezone_id=zone) as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        for path in PAGES:
            page = await visitor.see(path)
            await expect(page.get_by_label("Time zone").locator(":checked")).to_have_text(name)
            assert await _expect_times(page, zone, name) > 0
        await page.get_by_label("Time zone").select_option("UTC")
        assert await _expect_times(page, "UTC", "UTC") > 0
        for path in PAGES:
            page = await visitor.see(path)
            await expect(page.get_by_label("Time zone")).to_have_value("UTC")
            assert await _expect_times(page, "UTC", "UTC") > 0


async def test_the_sentence_of_a_sleeping_task_follows(visit: Visit, seeded: str) -> None:
    """When a task wakes up is one time on its page, not one in UTC and one in the reader's zone."""
    async with visit(seeded, timezone_id="Asia/Kolkata") as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        page = await visitor.see(ASLEEP)
        end = await page.locator("#headline time").get_attribute("datetime") or ""
        local = datetime.fromisoformat(end).astimezone(ZoneInfo("Asia/Kolkata"))
        for place in ("#headline", "#freshness"):
            await expect(page.locator(f"{place} time").first).to_have_text(f"{local:%H:%M}")


async def test_a_reader_in_utc_has_one_clock(visit: Visit, seeded: str) -> None:
    """Whose own zone is UTC finds it named, and nothing to choose."""
    async with visit(seeded, timezone_id="UTC") as visitor:
        page = await visitor.see("/")
        await expect(page.get_by_label("Time zone").locator("option")).to_have_text(["UTC"])


async def test_without_javascript_times_are_in_utc(visit: Visit, seeded: str) -> None:
    """Without JavaScript there is nothing to choose, and each time of day names UTC."""
    async with visit(seeded, java_script_enabled=False, timezone_id="Asia/Kolkata") as visitor:
        page = await visitor.see(ASLEEP)
        await expect(page.locator("#zone")).to_be_hidden()
        shown = page.locator("#headline time")
        moment = datetime.fromisoformat(await shown.get_attribute("datetime") or "")
        await expect(shown).to_have_text(f"{moment.astimezone(UTC):%H:%M} UTC")
