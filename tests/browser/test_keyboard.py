"""Shortcuts of a single key, and rows that are links."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.test_everybody import AXE

pytestmark = in_chromium

NAMES = "tr[data-status] th a"
FOCUSED = f"{NAMES}:focus"


async def test_j_and_k_move_through_the_tasks(visit: Visit, seeded: str) -> None:
    """J leads to the next visible task, k to the one before, and Enter opens it."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        for key, index in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
            await page.keyboard.press(key)
            await expect(page.locator(NAMES).nth(index)).to_be_focused()
        address = await page.locator(FOCUSED).get_attribute("href")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{seeded}{address}")


async def test_closed_groups_are_left_out(visit: Visit, seeded: str) -> None:
    """K from the start leads to the last task that is visible."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.keyboard.press("k")
        await expect(page.locator(FOCUSED)).to_be_visible()
        assert await page.locator("#list > details:not([open]) a:focus").count() == 0
        last = "[...document.querySelectorAll('tr[data-status] a')].filter(a => a.checkVisibility()).at(-1)"
        assert await page.evaluate(f"document.activeElement === {last}")


async def test_a_slash_searches(visit: Visit, seeded: str) -> None:
    """A slash leads to the search; in there the keys are letters."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.keyboard.press("/")
        search = page.get_by_role("searchbox")
        await expect(search).to_be_focused()
        await page.keyboard.type("j/k?")
        await expect(search).to_have_value("j/k?")
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_incidents_are_moved_through_as_well(visit: Visit, seeded: str) -> None:
    """On the page of incidents j leads from one to the next."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/incidents")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.locator(".incident h2 a").nth(1)).to_be_focused()


async def test_a_question_mark_explains_the_keys(visit: Visit, seeded: str) -> None:
    """The dialog names each key, has no violation for axe, and closes with Esc."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard")
        await expect(dialog.locator("kbd")).to_have_text(["/", "j", "k", "Enter", "?", "Esc"])
        await page.evaluate(AXE)
        found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
        assert [each["id"] for each in found["violations"]] == []
        await page.keyboard.press("j")
        assert await page.locator(FOCUSED).count() == 0
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await page.get_by_role("button", name="Keyboard").click()
        await expect(dialog).to_be_visible()


async def test_the_keys_can_be_switched_off(visit: Visit, seeded: str) -> None:
    """Who gives letters another meaning, as with speech input, switches the keys off for good."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        await page.keyboard.press("?")
        await page.get_by_label("Use these keys").uncheck()
        await page.get_by_role("button", name="Close").click()
        for _ in range(2):
            await page.keyboard.press("j")
            await page.keyboard.press("?")
            assert await page.locator(FOCUSED).count() == 0
            await expect(page.get_by_role("dialog")).to_be_hidden()
            await page.reload()


async def test_keys_of_the_browser_are_left_alone(visit: Visit, seeded: str) -> None:
    """Ctrl, Alt and the like make another key of it."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        for key in ("Control+j", "Alt+j", "Meta+k"):
            await page.keyboard.press(key)
        assert await page.locator(FOCUSED).count() == 0


async def test_a_row_is_one_link(visit: Visit, seeded: str) -> None:
    """A click anywhere in a row opens the task; selected text and opened details do not."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        row = page.locator("#list tr[data-status]").filter(visible=True).first
        address = await row.locator("th a").get_attribute("href")
        age = row.locator("td").nth(1)
        await age.select_text()
        await age.dispatch_event("click")
        await row.locator("summary").click()
        await expect(row.locator(".url")).to_be_visible()
        await row.locator(".url").click()
        await expect(page).to_have_url(f"{seeded}/")
        await age.click()
        await expect(page).to_have_url(f"{seeded}{address}")


async def test_another_click_opens_another_tab(visit: Visit, seeded: str) -> None:
    """With Ctrl the task opens in a tab of its own."""
    async with visit(seeded) as visitor:
        page = await visitor.see("/")
        age = page.locator("#list tr[data-status]").filter(visible=True).first.locator("td").nth(1)
        async with page.context.expect_page() as opened:
            await age.click(modifiers=["Control"])
        await expect(await opened.value).to_have_url(re.compile("/task/"))
        await expect(page).to_have_url(f"{seeded}/")
