"""HTML and CSS by the book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files

import html5lib
import pytest
import tinycss2
from playwright.async_api import Browser
from tests.browser.chromium import in_chromium
from tests.browser.conftest import Visit
from tests.browser.everywhere import on_every_page
from tinycss2.ast import AtRule, Declaration, Node, ParseError, QualifiedRule

pytestmark = in_chromium

STATIC = files("py_pinger.web").joinpath("static")

UNKNOWN = """claims => {
    const selects = (selector) => {
        try { return document.querySelector(selector), true; } catch { return false; }
    };
    return claims.filter(([name, value]) => value === null ? !selects(name) : !CSS.supports(name, value));
}"""


@on_every_page
async def test_the_html_is_valid(browser: Browser, origin: str, path: str) -> None:
    """A strict parser finds nothing amiss, and no two elements share an id."""
    async with await browser.new_context(extra_http_headers={"Accept": "text/html"}) as context:
        page = await (await context.request.get(origin + path)).text()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [each for each, count in ids.items() if count > 1] == []


STYLES = sorted(each.name for each in STATIC.iterdir() if each.name.endswith(".css"))


@pytest.mark.parametrize("name", STYLES)
async def test_the_css_is_valid(visit: Visit, empty: str, name: str) -> None:
    """Each selector, property and value of a style sheet is one that there is."""
    style = STATIC.joinpath(name).read_text("utf-8")
    async with visit(empty) as visitor:
        page = await visitor.see("/")
        claims = list(claimed(tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)))
        assert len(claims) > 10
        assert await page.evaluate(UNKNOWN, claims) == []


def claimed(nodes: Iterable[Node]) -> Iterator[tuple[str, str | None]]:
    """Yield each selector, alone, and each property with its value."""
    for node in nodes:
        match node:
            case ParseError():
                pytest.fail(f"line {node.source_line}: {node.message}")
            case QualifiedRule():
                yield tinycss2.serialize(node.prelude), None
                yield from claimed(tinycss2.parse_blocks_contents(node.content, skip_whitespace=True))
            case AtRule(content=content) if content is not None:
                yield from claimed(tinycss2.parse_rule_list(content, skip_whitespace=True))
            case Declaration(name=name, value=value):
                yield name, tinycss2.serialize(value).strip()
