"""The documentation site as Sphinx builds it, without a warning, and in a browser without a server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from docsite.pages import NAMES, site_name
from playwright.async_api import expect
from tests.browser.chromium import chromium, where_chromium_is

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "docs" / "environment" / "bin" / "python"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists() and not os.environ.get("CI"),
    reason="Sphinx is not installed (scripts/docs installs it)",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, and return its folder."""
    folder = tmp_path_factory.mktemp("docs")
    command = [str(PYTHON), "-m", "docsite", str(folder / "sources"), str(folder / "site")]
    done = subprocess.run(command, cwd=ROOT, stdout=-1, stderr=-1, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder / "site"


def test_every_page_is_built(built: Path) -> None:
    """Each page of the documentation is a page of the site."""
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")} | NAMES.keys()
    expected = {str(site_name(source)).replace(".md", ".html") for source in sources}
    assert expected <= {file.name for file in built.glob("*.html")}


@where_chromium_is
async def test_the_search_needs_no_server(built: Path) -> None:
    """From the disk, the search finds a page, and nothing is requested from any host."""
    async with chromium() as browser:
        page, requested = await browser.new_page(), list[str]()
        page.on("request", lambda request: requested.append(request.url))
        await page.goto((built / "index.html").as_uri())
        await page.get_by_role("textbox").fill("maintenance window")
        await page.keyboard.press("Enter")
        await expect(page.locator("#search-results a[href^='silences.html']").first).to_be_visible()
        assert [url for url in requested if not url.startswith("file:")] == []
