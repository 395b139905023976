"""The pictures of the pages: `python -m tests.browser.screenshots FOLDER`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser
from tests.browser.chromium import chromium
from tests.browser.sites import NOW, site, store_at, task_path
from tests.browser.visitor import visiting
from tests.support.cluster_statuses import three_nodes

from py_pinger.app.demo.demo_history import write_history
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.channels import LogChannel
from py_pinger.web import DemoShop

FONTS = Path(__file__).with_name("fonts.conf")

# As `run --demo` has them.
CHANNELS = (LogChannel.name,)

# Bytes, with a palette of 256 colours; the pictures are part of every clone.
LARGEST = 120_000


@dataclass(frozen=True)
class Picture:
    """A picture of a page of the demo; `emulated` is what a context of Playwright's takes.

    `of` "demo" it is as the demo shows it, with the steps of its banner open; of "tasks" without the banner,
    and of "nodes" as one of three nodes shows it.
    """

    name: str
    path: str = "/"
    emulated: Mapping[str, Any] = field(default_factory=dict)
    of: str = "tasks"


ROOT = "http://localhost:3002/demo/"
LATE = f"{ROOT}copy-to-second-site"
PHONE = {"width": 390, "height": 844, "device_scale_factor": 2}
TALL = {"height": 1040}
SCREEN = {"height": 900}
DARK = {"color_scheme": "dark"}
PICTURES = (
    Picture("overview", emulated=SCREEN),
    Picture("dark", emulated=SCREEN | DARK),
    Picture("task", task_path(LATE), TALL),
    Picture("history", task_path(f"{ROOT}import-orders").replace("/task/", "/history/", 1), TALL),
    Picture("incidents", "/incidents", SCREEN),
    Picture("silences", "/silences", {"height": 500}),
    Picture("health", "/health", {"height": 600}),
    Picture("nodes", "/nodes", {"height": 620}, of="nodes"),
    Picture("phone", emulated=PHONE),
    Picture("wall", "/wall", {"height": 720} | DARK),
    Picture("demo", of="demo", emulated={"height": 640}),
)


@contextmanager
def sites(folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the demo as it starts, with its banner and without, and as a node; return the addresses."""
    shop = DemoShop(NOW)
    tasks = demo_settings(Path(), "localhost", 3002, shop).tasks
    with ExitStack() as opened:
        store = opened.enter_context(store_at(folder / "demo.db"))
        write_history(store, tasks, shop)
        served = {
            "tasks": site(store, tasks, CHANNELS),
            "demo": site(store, tasks, CHANNELS, demo=shop),
            "nodes": site(store, tasks, CHANNELS, cluster=three_nodes()),
        }
        yield {name: opened.enter_context(server).url for name, server in served.items()}


async def taken(browser: Browser, origin: str, picture: Picture) -> tuple[bytes, int]:
    """Return a picture, and how many bytes its page took in all."""
    async with visiting(browser, origin, timezone_id="UTC", **picture.emulated) as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        page = await visitor.see(picture.path)
        if picture.of == "demo":
            await page.locator(".demo summary").click()
        return await page.screenshot(animations="disabled"), await visitor.weight()


def write(file: Path, picture: bytes) -> None:
    """Write a picture with a palette, which makes it a third as large."""
    small = subprocess.run(["pngquant", "--strip", "-"], input=picture, stdout=-1, check=True).stdout
    if len(small) > LARGEST:
        sys.exit(f"{file} would have more than {LARGEST} bytes")
    file.write_bytes(small)


async def main(folder: Path) -> None:
    """Take all pictures."""
    with TemporaryDirectory() as stores, sites(Path(stores)) as origins:
        async with chromium(os.environ | {"FONTCONFIG_FILE": str(FONTS)}) as browser:
            for picture in PICTURES:
                image, weight = await taken(browser, origins[picture.of], picture)
                write(folder / f"{picture.name}.png", image)
                sys.stdout.write(f"{picture.name}.png: a page of {weight / 1000:.0f} kB\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
