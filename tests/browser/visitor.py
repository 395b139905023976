"""Somebody who looks at pages in a browser of their own, and hears what it complains of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from re import Pattern
from re import compile as pattern
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Response, WebError

# A task in error is answered with 500, and trouble of Py Pinger's own with 503; the browser notes both.
BY_CONTRACT = pattern(
    r"Failed to load resource: .* status of (500|503|404) .* at http://[^/]*/(task|health|nowhere).*"
)

_TELL_OF_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`))"""


def titled(page: str) -> str:
    """Return the title that a window has which shows this."""
    return f"{page} \N{EN DASH} Py Pinger"


@dataclass
class Visitor:
    """Looks at one site; `heard` is what was complained of, `answers` are all that came."""

    page: Page
    origin: str
    heard: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    async def see(self, path: str) -> Page:
        """Look at a page; one that could not be made is a fault, not one that tells of trouble."""
        answer = await self.page.goto(self.origin + path)
        if answer and answer.status == 500 and not await self.page.locator("body[data-live]").count():
            pytest.fail(f"{path} could not be made")
        return self.page

    async def rows(self) -> list[dict[str, Any]]:
        """Return what programs are told of all tasks."""
        answer = await self.page.request.get(f"{self.origin}/?format=json")
        found: list[dict[str, Any]] = (await answer.json())["data"]
        return found

    @property
    def loads(self) -> int:
        """How often a page was loaded anew."""
        return sum(answer.request.is_navigation_request() for answer in self.answers)

    async def weight(self) -> int:
        """Return how many bytes of bodies have come, as they were sent."""
        return sum([len(await answer.body()) for answer in self.answers])

    def keep(self, answer: Response) -> None:
        """Keep an answer."""
        self.answers.append(answer)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what the console says is wrong."""
        if message.type in {"error", "warning"}:
            self.heard.append(f"{message.text} at {message.location['url']}")

    def wronged(self, error: WebError) -> None:
        """Keep an exception that nobody caught."""
        self.heard.append(f"{error.error} at {error.page.url if error.page else 'an unknown page'}")

    def complaints(self, *expected: Pattern[str]) -> list[str]:
        """Return what is wrong and was not to be expected."""
        known = (BY_CONTRACT, *expected)
        return [each for each in self.heard if not any(one.fullmatch(each) for one in known)]


@asynccontextmanager
async def visiting(
    browser: Browser,
    origin: str,
    *expected: Pattern[str],
    width: int = 1280,
    height: int = 800,
    **emulated: Any,  # noqa: ANN401 - whatever a context of Playwright's takes
) -> AsyncIterator[Visitor]:
    """Visit a site with nothing kept from before; fail afterwards if the browser has complained."""
    context = await browser.new_context(viewport={"width": width, "height": height}, **emulated)
    await context.add_init_script(_TELL_OF_VIOLATIONS)
    visitor = Visitor(await context.new_page(), origin)
    context.on("console", visitor.hear)
    context.on("weberror", visitor.wronged)
    context.on("response", visitor.keep)
    try:
        yield visitor
    finally:
        await context.close()
    if complaints := visitor.complaints(*expected):
        pytest.fail("The browser complained: " + "; ".join(complaints))
