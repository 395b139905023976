"""The pages behind the web password, in a browser that was given it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from re import compile as pattern

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Folders, Visit
from tests.browser.sites import site, store_at, task_path, write_crowd

from py_pinger.web import Access

pytestmark = in_chromium

PASSWORD = "planted: päss %@/ wörd"
ENCODED = "planted%3A%20p%C3%A4ss%20%25%40%2F%20w%C3%B6rd"
REFUSED = pattern(r"Failed to load resource: .* status of 401 .*")


@contextmanager
def locked(folders: Folders, access: Access) -> Iterator[tuple[str, str]]:
    """Serve a site with these doors; yield its origin and a task's path."""
    with store_at(folders.mktemp("store") / "pinger.db") as store:
        tasks = write_crowd(store, 3)
        with site(store, tasks, access=access) as server:
            yield server.url, task_path(tasks[1].url)


async def polls(page: Page) -> None:
    """Return once the page's own script has asked for it anew and was answered."""
    async with page.expect_response(lambda answer: answer.request.resource_type == "fetch") as found:
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert (await found.value).status in {200, 304}
    await expect(page.locator("#offline")).to_be_hidden()


async def test_a_task_is_silenced_without_javascript(visit: Visit, tmp_path_factory: Folders) -> None:
    """From a task's page a link leads to the form, and that back to the page, which shows who did it."""
    with locked(tmp_path_factory, Access(password=PASSWORD)) as (origin, task):
        login = {"http_credentials": {"username": "anna", "password": PASSWORD}}
        async with visit(origin, REFUSED, java_script_enabled=False, **login) as visitor:
            page = await visitor.see(task)
            await page.get_by_role("link", name="Silence this task").click()
            await page.get_by_label("Duration").select_option("4 hours")
            await page.get_by_label("Reason").fill("<b>moving</b>")
            await page.get_by_role("button", name="Silence").click()
            await expect(page.locator("#actions")).to_contain_text(
                ": <b>moving</b> (anna on the web, 127.0.0.1)."
            )
            await page.get_by_role("link", name="Change").click()
            await page.get_by_role("button", name="End silence").click()
            await expect(page.get_by_role("link", name="Silence this task")).to_be_visible()


@pytest.mark.parametrize("in_the_url", [False, True], ids=["asked for", "in the URL"])
async def test_the_pages_live_behind_a_password(
    visit: Visit, tmp_path_factory: Folders, *, in_the_url: bool
) -> None:
    """Pages load, renew themselves and swap on a search, whichever way the browser got the password."""
    with locked(tmp_path_factory, Access(password=PASSWORD)) as (origin, task):
        more = {} if in_the_url else {"http_credentials": {"username": "me", "password": PASSWORD}}
        start = origin.replace("//", f"//me:{ENCODED}@") if in_the_url else origin
        expected = () if in_the_url else (REFUSED,)
        async with visit(start, *expected, **more) as visitor:
            page = await visitor.see("/")
            await polls(page)
            await page.get_by_role("searchbox").fill("export 2")
            await expect(page.get_by_role("link", name="Nightly export 2")).to_have_count(1)
            await expect(page.get_by_role("link", name="Nightly export 1")).to_have_count(0)
            await expect(page.locator("#offline")).to_be_hidden()
            page = await visitor.see(task)
            await polls(page)


async def test_a_wrong_one_gets_a_styled_page(visit: Visit, tmp_path_factory: Folders) -> None:
    """Whoever has no right password reads one sentence in our style, and is not asked again for the style."""
    wrong = {"username": "me", "password": "wrong"}
    with locked(tmp_path_factory, Access(password=PASSWORD)) as (origin, _):
        async with visit(origin, REFUSED, http_credentials=wrong) as visitor:
            await visitor.page.goto(origin)
            await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("401")
            await expect(visitor.page.locator("main")).to_contain_text("Wrong password.")
            assert {answer.status for answer in visitor.answers if "/static/" in answer.url} == {200}


async def test_a_public_task_page_lives_without_it(visit: Visit, tmp_path_factory: Folders) -> None:
    """With `task` in web_public its page loads whole and renews itself without the password."""
    access = Access(password=PASSWORD, public=frozenset({"task"}))
    with locked(tmp_path_factory, access) as (origin, task):
        async with visit(origin) as visitor:
            await polls(await visitor.see(task))
