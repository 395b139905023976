"""The whole way of a failure through the pages: acknowledged, recovered; silenced, and that ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from re import compile as pattern

import pytest
from playwright.async_api import Locator, Page, expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Folders, Visit
from tests.browser.sites import NOW, checked, report, site, store_at, task_path
from tests.browser.visitor import Visitor

from py_pinger.core.model.task import Task
from py_pinger.store import Store
from py_pinger.web import Access

pytestmark = in_chromium

PASSWORD = "hunter2"
LOGIN = {"http_credentials": {"username": "anna", "password": PASSWORD}}
FAILING = Task("https://a.example/import", "https://a.example/import", name="Import")
WELL = Task("https://a.example/export", "https://a.example/export", name="Export")
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
# The browser notes the first request, which has no password yet, and a button of an old page.
REFUSED = pattern(r"Failed to load resource: .* status of (401|409) .*")


class Scene:
    """A site with a password, and its store."""

    def __init__(self, origin: str, store: Store) -> None:
        self.origin = origin
        self.store = store

    def recover(self) -> None:
        """Have the failing task checked with success."""
        answers = [(NOW, report(status="error", reason="disk full")), (NOW, report(status="ok"))]
        self.store.record([*checked(FAILING, answers)][1:], [], [])

    def fail_again(self) -> None:
        """Open the next incident of the task."""
        later = NOW + timedelta(seconds=1)
        failure = report(status="error", reason="disk full")
        self.store.record([*checked(FAILING, [(later, failure)])], [], [])


@pytest.fixture
def scene(tmp_path_factory: Folders) -> Iterator[Scene]:
    """Serve a task that fails and one that does not, behind a password."""
    with store_at(tmp_path_factory.mktemp("store") / "pinger.db") as store:
        store.set_tasks([FAILING, WELL])
        failure = report(status="error", reason="disk full")
        for task, answer in ((FAILING, failure), (WELL, report())):
            store.record([*checked(task, [(NOW, answer)])], [], [])
        with site(store, [FAILING, WELL], access=Access(password=PASSWORD)) as server:
            yield Scene(server.url, store)


async def press(page: Page, target: Locator, way: str) -> None:
    """Press a button or open a disclosure as people do: by mouse, keyboard or touch."""
    if way == "keyboard":
        await target.focus()
        await page.keyboard.press("Enter")
    elif way == "touch":
        await target.tap()
    else:
        await target.click()


async def needs_attention(page: Page, headline: str) -> None:
    """Wait until the headline says so."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(headline)


@pytest.mark.parametrize(("way", "script"), [("mouse", True), ("keyboard", True), ("touch", False)])
async def test_a_failure_is_acknowledged_until_it_recovers(
    visit: Visit, scene: Scene, way: str, *, script: bool
) -> None:
    """A failing row is acknowledged, leaves what needs attention, recovers, and the next incident is new."""
    emulated = {**LOGIN, **(PHONE if way == "touch" else {}), "java_script_enabled": script}
    async with visit(scene.origin, REFUSED, **emulated) as visitor:
        page = await visitor.see("/?sort=name")
        await needs_attention(page, "1 of 2 tasks needs attention")
        row = page.locator("#top tr[data-status=error]")
        await press(page, row.locator("summary"), way)
        await press(page, row.get_by_role("button", name="Acknowledge"), way)
        await expect(page).to_have_url(f"{scene.origin}/?sort=name")
        await needs_attention(page, "No task needs attention, 1 acknowledged")
        apart = page.locator("#apart tr[data-status=error]")
        await expect(apart).to_contain_text("acknowledged")
        assert [each["acknowledged_by"] for each in await visitor.rows()] == [
            "anna on the web, 127.0.0.1",
            None,
        ]
        scene.recover()
        await page.reload()
        await needs_attention(page, "All 2 tasks are on time")
        scene.fail_again()
        await page.reload()
        await needs_attention(page, "1 of 2 tasks needs attention")


async def _new_silence(visitor: Visitor, way: str) -> None:
    page = await visitor.see("/silences")
    await press(page, page.get_by_role("link", name="New silence"), way)
    await page.get_by_label("Pattern").fill("im*")
    await page.get_by_label("Duration").select_option("1 hour")
    await page.get_by_label("Reason").fill("<b>moving</b>")
    await press(page, page.get_by_role("button", name="Preview"), way)
    await expect(page.get_by_role("heading", level=2)).to_have_text("im* matches 1 task")
    await expect(page.locator(".matching")).to_contain_text("Import")
    await press(page, page.get_by_role("button", name="Create silence"), way)


@pytest.mark.parametrize("way", ["keyboard", "touch"])
async def test_a_silence_is_created_and_ended(visit: Visit, scene: Scene, way: str) -> None:
    """A pattern is previewed, silenced, counted apart, and ended from the list."""
    emulated = {**LOGIN, **(PHONE if way == "touch" else {})}
    async with visit(scene.origin, REFUSED, **emulated) as visitor:
        await _new_silence(visitor, way)
        page = visitor.page
        await expect(page.locator("#silences")).to_contain_text("<b>moving</b>")
        await visitor.see("/")
        await needs_attention(page, "No task needs attention, 1 silenced")
        await visitor.see("/silences")
        await press(page, page.get_by_role("button", name="End silence 1"), way)
        await expect(page.locator("#silences")).to_contain_text("No active silences.")
        await visitor.see("/")
        await needs_attention(page, "1 of 2 tasks needs attention")


async def test_an_old_page_acknowledges_no_later_incident(visit: Visit, scene: Scene) -> None:
    """A button of an incident that has ended says so; that of the present one works, and is withdrawn."""
    # Without the script the page stays as it was.
    async with visit(scene.origin, REFUSED, **LOGIN, java_script_enabled=False) as visitor:
        page = await visitor.see("/")
        acknowledge = page.locator("#top").get_by_role("button", name="Acknowledge")
        await page.locator("#top tr[data-status=error] summary").click()
        scene.recover()
        scene.fail_again()
        await acknowledge.click()
        await expect(page.locator("main")).to_contain_text("has ended; reload the page")
        page = await visitor.see("/")
        await page.locator("#top tr[data-status=error] summary").click()
        await acknowledge.click()
        await needs_attention(page, "No task needs attention, 1 acknowledged")
        page = await visitor.see("/silences")
        await page.get_by_role("button", name="Withdraw the acknowledgement of Import").click()
        await expect(page.locator("#acknowledgements")).to_contain_text("No acknowledged incidents.")


@pytest.mark.parametrize("way", ["mouse", "touch"])
async def test_a_task_is_acted_on_at_its_page(visit: Visit, scene: Scene, way: str) -> None:
    """The page of a task has the buttons: check, acknowledge and withdraw, silence for a chosen time."""
    emulated = {**LOGIN, **(PHONE if way == "touch" else {})}
    async with visit(scene.origin, REFUSED, **emulated) as visitor:
        page = await visitor.see(task_path(FAILING.url))
        for name in ("Check now", "Acknowledge", "Withdraw acknowledgement"):
            await press(page, page.get_by_role("button", name=name), way)
            await expect(page).to_have_url(scene.origin + task_path(FAILING.url))
        await expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
        await press(page, page.get_by_text("Other durations"), way)
        await press(page, page.get_by_role("button", name="4 hours"), way)
        await expect(page.get_by_text("Silenced until")).to_be_visible()
        (silence,) = scene.store.silences.active(NOW)
        assert (silence.pattern, (silence.ends - NOW).total_seconds()) == (FAILING.url, 4 * 3600)
