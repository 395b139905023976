"""Debian's Chromium, and what tests that need it carry."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = shutil.which("chromium")

# Root has no sandbox, and nothing but the pages is to be asked for.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The same page has the same pixels each time.
    "--disable-lcd-text",
    "--disable-partial-raster",
    "--disable-skia-runtime-opts",
    "--font-render-hinting=none",
    "--num-raster-threads=1",
)

where_chromium_is = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"),
    reason="Chromium is not installed (apt-get install chromium)",
)

# All share one browser, and so one event loop.
in_chromium = [
    pytest.mark.chromium,
    pytest.mark.asyncio(loop_scope="session"),
    where_chromium_is,
]


@asynccontextmanager
async def chromium(environ: Mapping[str, str] = os.environ) -> AsyncIterator[Browser]:
    """Run Chromium with an empty profile."""
    assert CHROMIUM is not None, "Chromium has to be installed in CI"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=dict(environ))
        yield browser
        await browser.close()
