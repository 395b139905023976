"""One clock: every time on a page is in the zone that the switch in the header names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.everywhere import ASLEEP, OF_EACH_KIND, PAGES
from tests.browser.sites import NOW

pytestmark = in_chromium

# Of the pages of tasks the server chooses the days by the zone of the reader, so that they have other texts.
TASK_PAGES = [name for name in PAGES if name.startswith("task")]
# Pages with moments in every form.
DATED = ("dated", "dated health", "silenced")

# Chromium knows Kolkata by its former name.
ZONES = {"America/New_York": "New York (UTC-5)", "Asia/Kolkata": "Calcutta (UTC+5:30)"}

# Every text and every label of a page, but for what is shown as it was received, and for the names of zones.
TEXTS = """() => {
    const texts = [];
    for (const each of document.querySelectorAll("body, body *")) {
        if (each.closest("pre, option, script, noscript")) continue;
        for (const name of ["title", "aria-label"]) texts.push(each.getAttribute(name) ?? "");
        for (const node of each.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    }
    return texts;
}"""
TIME = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d)[ T])?(?P<time>\d\d:\d\d)(?P<seconds>:\d\d)?(?: UTC(?:[+-][\d:]+)?|Z)?"
)


async def _texts(visit: Visit, urls: Mapping[str, str], zone: str) -> dict[str, tuple[list[str], str]]:
    """Return the texts of each page as a browser in a zone shows them, and the zone that the page names."""
    found: dict[str, tuple[list[str], str]] = {}
    async with visit("", timezone_id=zone) as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        for name, url in urls.items():
            page = await visitor.see(url)
            texts: list[str] = await page.evaluate(TEXTS)
            named = page.locator("#zone option:checked")
            found[name] = texts, await named.inner_text() if await named.count() else ""
    return found


def _moved(text: str, zone: str) -> str:
    """Return a text in UTC as it has to be in a zone; a time without a date is of a day near NOW."""

    def moved(match: re.Match[str]) -> str:
        day, seconds = match["day"], match["seconds"] or ""
        at = datetime.fromisoformat(f"{day or f'{NOW:%F}'}T{match['time']}{seconds}+00:00")
        local = at.astimezone(ZoneInfo(zone))
        return f"{local:%Y-%m-%d }{local:%H:%M}{seconds}" if day else f"{local:%H:%M}{seconds}"

    return TIME.sub(moved, text)


@pytest.mark.parametrize(
    ("zone", "names"),
    [
        pytest.param("Asia/Kolkata", [*OF_EACH_KIND, *DATED], id="of each kind"),
        pytest.param("Asia/Kolkata", PAGES, id="all", marks=pytest.mark.thorough),
        pytest.param("America/New_York", PAGES, id="all, west of Greenwich", marks=pytest.mark.thorough),
    ],
)
async def test_no_time_is_in_another_zone(
    visit: Visit, addresses: dict[str, str], zone: str, names: Iterable[str]
) -> None:
    """Every time in a text, a tooltip, a label or a drawing is in the zone that the switch names."""
    urls = {name: addresses[name] for name in names if name not in TASK_PAGES}
    in_utc = await _texts(visit, urls, "UTC")
    assert {named for _, named in in_utc.values()} == {"UTC", ""}
    for name, (shown, named) in (await _texts(visit, urls, zone)).items():
        assert named in {ZONES[zone], ""}, name
        both = zip(shown, in_utc[name][0], strict=True)
        pairs = [(text, _moved(of_utc, zone)) for text, of_utc in both]
        assert [pair for pair in pairs if TIME.sub(_without_zone, pair[0]) != pair[1]] == [], name


def _without_zone(match: re.Match[str]) -> str:
    """Return a time without the name of its zone, which has to be the one of the reader or none."""
    day = f"{match['day']} " if match["day"] else ""
    return f"{day}{match['time']}{match['seconds'] or ''}"


MOMENTS = """[...document.querySelectorAll("time[datetime]")]
    .map(each => [each.dateTime, each.dataset.as ?? "ago", each.textContent, each.title])"""
# How the forms of moments show them.
FORMS = {"full": "%F %T", "exact": "(%F )?%T", "clock": "(%F )?%H:%M", "time": "%H:%M"}
IN_UTC = re.compile(r"\d\d:\d\d(:\d\d)?(Z| UTC(?![+-]))")


async def test_no_time_of_a_task_is_in_another_zone(visit: Visit, addresses: dict[str, str]) -> None:
    """Each moment on the page of a task is in the zone of the reader, and none in UTC is left anywhere."""
    for zone in ZONES:
        async with visit("", timezone_id=zone) as visitor:
            await visitor.page.clock.set_fixed_time(NOW)
            for name in TASK_PAGES:
                page = await visitor.see(addresses[name])
                moments: list[tuple[str, str, str, str]] = await page.evaluate(MOMENTS)
                assert len(moments) > 1, name
                assert [each for each in moments if not _is_in(zone, *each)] == [], name
                assert [text for text in await page.evaluate(TEXTS) if IN_UTC.search(text)] == [], name


def _is_in(zone: str, moment: str, form: str, text: str, tooltip: str) -> bool:
    """Return True if a moment is shown in a zone, in its text and in its tooltip."""
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    in_text = re.fullmatch(f"{local:{FORMS[form]}}", text) if form in FORMS else True
    return bool(in_text) and tooltip.startswith(f"{local:%F %T} UTC")


async def test_what_was_received_is_shown_to_the_letter(visit: Visit, addresses: dict[str, str]) -> None:
    """In any zone, pages of tasks and samples to copy keep their moments, which programs have to read."""
    shown = []
    for zone in "UTC", "Asia/Kolkata":
        async with visit("", timezone_id=zone) as visitor:
            for name in "no tasks", "task of the demo":
                page = await visitor.see(addresses[name])
                await page.wait_for_load_state("networkidle")
                shown.append(await page.locator("pre").all_inner_texts())
    assert shown[:2] == shown[2:]
    assert f'"lastrun": "{NOW:%FT%TZ}"' in shown[0][0]


async def test_the_choice_of_utc_is_kept(visit: Visit, seeded: str) -> None:
    """Once UTC is chosen, the times of this page and of the next ones are in UTC."""
    in_utc, _ = (await _texts(visit, {"overview": f"{seeded}/"}, "UTC"))["overview"]
    async with visit(seeded, timezone_id="Asia/Kolkata") as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        page = await visitor.see("/")
        assert await page.evaluate(TEXTS) != in_utc
        await page.get_by_label("Time zone").select_option("UTC")
        assert await page.evaluate(TEXTS) == in_utc
        await visitor.see("/incidents")
        page = await visitor.see("/")
        await expect(page.get_by_label("Time zone")).to_have_value("UTC")
        assert await page.evaluate(TEXTS) == in_utc


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
