"""The open page while things change: it follows by itself, and says when it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.sites import site, store_at, task_path, write_crowd
from tests.browser.visitor import Visitor, titled
from tests.support.config_files import watching, write_ini
from tests.support.program import Pinger
from tests.support.task_pages import report
from tests.support.task_server import Server, says

pytestmark = in_chromium

TASKS = [f"/task-{number:02}" for number in range(40)]
READ, LAST = TASKS[20], TASKS[-1]

# Milliseconds: the longest that a page waits between two looks while things happen.
LOOK = 5_000

# Pixels: less than a line of text.
LINE = 10

ROWS = "tr[data-status]"
ROW = f"[...document.querySelectorAll('#list {ROWS}')].find(row => row.textContent.includes(target))"
GONE = re.compile(r"Failed to load resource: net::ERR_\w+ at .*")
NO_RESPONSE = re.compile(
    r"No response from Py Pinger since \d\d:\d\d:\d\d; what is shown may be out of date\."
)
NO_RESPONSE_FOR_DAYS = re.compile(
    r"No response from Py Pinger since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d; what is shown may be out of date\."
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve the tasks, all of them well."""
    with Server() as running:
        running.behaviours = {target: says(report(process=f"Job {target}")) for target in TASKS}
        yield running


@pytest.fixture(scope="module")
def pinger(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pinger]:
    """Watch them, each twice a second."""
    folder = tmp_path_factory.mktemp("live")
    write_ini(folder, watching(*map(server.url, TASKS), interval=0.5, error_interval=0.5))
    with Pinger(folder) as running:
        running.judged()
        yield running


async def opened(visitor: Visitor, path: str) -> Page:
    """Open a page whose time can be hurried on."""
    await visitor.page.clock.install()
    return await visitor.see(path)


async def look(page: Page) -> None:
    """Let the time pass until the page looks again."""
    await page.clock.fast_forward(LOOK)


async def look_in_vain(page: Page) -> None:
    """Let the time pass until the page looks again and finds nobody."""
    async with page.expect_event("requestfailed"):
        await look(page)


async def top(page: Page, target: str) -> float:
    """Return how far below the upper edge of the window a task's row is, in pixels.

    In one step, as the row may be replaced at any moment.
    """
    distance: float = await page.evaluate(f"target => ({ROW}).getBoundingClientRect().top", target)
    return distance


def turn(server: Server, pinger: Pinger, status: str) -> None:
    """Have the last task say this of itself, and return as soon as Py Pinger knows."""
    server.behaviours[LAST] = says(report(process="Turning", status=status, reason="disk full"))
    url = server.url(LAST)
    pinger.rows_where(lambda row: row["url"] != url or row["status"] == status, f"{status} of {url}")


async def expect_icon(page: Page, status: str) -> None:
    """Expect the tab's icon to show a status."""
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(f"icon-{status}"))


async def test_the_overview_follows_a_failure_and_the_recovery(
    visit: Visit, pinger: Pinger, server: Server
) -> None:
    """Headline, row, title and icon turn to error and back on the open page."""
    async with visit(f"http://127.0.0.1:{pinger.port}") as visitor:
        page = await opened(visitor, "/")
        row = page.locator(ROWS).filter(has_text=LAST)
        for status, sentence, icon in (
            ("error", "1 of 40 tasks needs attention", "error"),
            ("ok", "All 40 tasks are on time", "ok"),
        ):
            turn(server, pinger, status)
            await look(page)
            await expect(row).to_have_attribute("data-status", status)
            await expect(page.get_by_role("heading", level=1)).to_have_text(sentence)
            await expect(page).to_have_title(titled(sentence))
            await expect_icon(page, icon)
        assert visitor.loads == 1


async def test_what_the_reader_does_is_not_disturbed(visit: Visit, pinger: Pinger, server: Server) -> None:
    """While the page follows, the search keeps its words and the focus, and what is read stays in place."""
    async with visit(f"http://127.0.0.1:{pinger.port}") as visitor:
        page = await opened(visitor, "/?sort=name")
        search = page.get_by_role("searchbox")
        await search.press_sequentially("task-")
        await expect(page.locator("#found")).to_have_text("40 of 40 tasks")
        await page.evaluate(f"target => ({ROW}).scrollIntoView({{ block: 'center' }})", READ)
        before = await top(page, READ)
        turn(server, pinger, "error")
        await look(page)
        await expect(page.locator("#top tr[data-status]")).to_have_count(1)
        assert abs(await top(page, READ) - before) < LINE
        await expect(search).to_have_value("task-")
        await expect(search).to_be_focused()
        turn(server, pinger, "ok")


async def test_a_tasks_page_follows(visit: Visit, pinger: Pinger, server: Server) -> None:
    """The page of one task turns to error, with the reason, and back."""
    async with visit(f"http://127.0.0.1:{pinger.port}") as visitor:
        page = await opened(visitor, task_path(server.url(LAST)))
        turn(server, pinger, "error")
        await look(page)
        await expect(page.locator("#headline .reason")).to_have_text("disk full")
        await expect(page).to_have_title(titled("error: Turning"))
        await expect(page.locator("#incidents .incident.open")).to_have_count(1)
        turn(server, pinger, "ok")
        await look(page)
        await expect(page).to_have_title(titled("ok: Turning"))
        await expect(page.locator("#incidents .incident.open")).to_have_count(0)
        assert visitor.loads == 1


async def test_a_server_that_is_down_is_shown_and_so_is_its_return(visit: Visit, tmp_path: Path) -> None:
    """Without the server the page says since when and turns grey; it recovers automatically."""
    with store_at(tmp_path / "pinger.db") as store:
        tasks = write_crowd(store, 3)
        with site(store, tasks) as server:
            async with visit(server.url, GONE) as visitor:
                page, well = await opened(visitor, "/"), await visitor.page.title()
                server.stop()
                await look_in_vain(page)
                await look_in_vain(page)
                await expect(page.get_by_role("alert")).to_have_text(NO_RESPONSE)
                await expect(page).to_have_title(titled("No connection"))
                await expect(page.locator("main")).to_have_css("filter", "grayscale(1)")
                await expect_icon(page, "unknown")
                with site(store, tasks, port=server.port):
                    await look(page)
                    await expect(page.locator("#offline")).to_be_hidden()
                    await expect(page).to_have_title(well)
                    await expect(page.locator("main")).to_have_css("filter", "none")
                    assert visitor.loads == 1


async def test_a_server_that_is_gone_for_days_is_told_with_the_day(visit: Visit, tmp_path: Path) -> None:
    """A page that is open for days without the server says on which day it responded last."""
    with store_at(tmp_path / "pinger.db") as store, site(store, write_crowd(store, 3)) as server:
        async with visit(server.url, GONE) as visitor:
            page = await opened(visitor, "/")
            server.stop()
            await look_in_vain(page)
            await look_in_vain(page)
            await page.clock.fast_forward("48:00:00")
            await expect(page.get_by_role("alert")).to_have_text(NO_RESPONSE_FOR_DAYS)


async def test_browsers_of_some_years_ago_follow_too(visit: Visit, tmp_path: Path) -> None:
    """Safari 17.3 and Firefox 115 have no AbortSignal.any: the page follows there as well."""
    with store_at(tmp_path / "pinger.db") as store, site(store, write_crowd(store, 3)) as server:
        async with visit(server.url) as visitor:
            await visitor.page.add_init_script("delete AbortSignal.any; delete AbortSignal.timeout")
            page = await opened(visitor, "/")
            for _ in range(3):
                async with page.expect_response("**/") as answered:
                    await look(page)
                assert (await answered.value).status in {200, 304}
            await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_restart_goes_unnoticed(visit: Visit, tmp_path: Path) -> None:
    """One look in vain alarms nobody: the next one finds the server again."""
    with store_at(tmp_path / "pinger.db") as store:
        tasks = write_crowd(store, 3)
        with site(store, tasks) as server:
            async with visit(server.url, GONE) as visitor:
                page = await opened(visitor, "/")
                server.stop()
                await look_in_vain(page)
                await expect(page.get_by_role("alert")).to_be_hidden()
                with site(store, tasks, port=server.port):
                    async with page.expect_response("**/"):
                        await look(page)
                    await expect(page.get_by_role("alert")).to_be_hidden()
