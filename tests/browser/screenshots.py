"""The pictures of the pages: `python -m tests.browser.screenshots FOLDER`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser
from tests.browser.chromium import chromium
from tests.browser.sites import NOW, site, store_at, task_path
from tests.browser.visitor import visiting
from tests.support.seeding import CHANNELS, seed

from py_pinger.app.demo.demo_history import write_history
from py_pinger.app.demo.demo_settings import demo_settings
from py_pinger.core.model.task import Task
from py_pinger.store import Store
from py_pinger.web import DemoShop

FONTS = Path(__file__).with_name("fonts.conf")

# The port of a site differs from run to run, and the welcome page shows it.
SHOW_DEFAULT_ADDRESS = """
origin => document.querySelectorAll("pre bdi").forEach(each => {
    each.textContent = each.textContent.replace(origin, "http://localhost:3002");
})
"""

# Bytes; the pictures are part of every clone.
LARGEST = 200_000


@dataclass(frozen=True)
class Picture:
    """A picture of a page at one of the sites; `emulated` is what a context of Playwright's takes."""

    name: str
    place: str
    path: str = "/"
    emulated: Mapping[str, Any] = field(default_factory=dict)


LATE = task_path("https://web-2.example.com/status/import-stock")
PHONE = {"width": 390, "height": 844, "device_scale_factor": 2}
TALL = {"height": 1040}
SCREEN = {"height": 900}
DARK = {"color_scheme": "dark"}
PICTURES = (
    Picture("overview", "seeded", emulated=SCREEN),
    Picture("dark", "seeded", emulated=SCREEN | DARK),
    Picture("task", "seeded", LATE, TALL),
    Picture("incidents", "seeded", "/incidents"),
    Picture("health", "troubled", "/health", {"height": 700}),
    Picture("phone", "seeded", emulated=PHONE),
    Picture("phone-task", "seeded", LATE, PHONE | DARK),
    Picture("wall", "seeded", "/wall", {"height": 720} | DARK),
    Picture("empty", "empty", emulated={"height": 1180}),
    Picture("demo", "demo"),
)


@contextmanager
def sites(folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the sites, and tell where each is."""
    with ExitStack() as opened:
        seeded, empty, demo = (
            opened.enter_context(store_at(folder / f"{name}.db")) for name in ("seeded", "empty", "demo")
        )
        tasks, shop = seed(seeded, NOW), DemoShop(NOW)
        served = {
            "seeded": site(seeded, tasks, CHANNELS[:1]),
            "troubled": site(seeded, tasks, CHANNELS),
            "empty": site(empty, (), CHANNELS[:1]),
            "demo": site(demo, write_demo(demo, shop), demo=shop),
        }
        yield {place: opened.enter_context(server).url for place, server in served.items()}


def write_demo(store: Store, shop: DemoShop) -> Sequence[Task]:
    """Give a new store the history of a demo."""
    tasks = demo_settings(Path(), "localhost", 3002, shop).tasks
    write_history(store, tasks, shop)
    return tasks


async def taken(browser: Browser, origin: str, picture: Picture, file: Path) -> int:
    """Take a picture, and return how many bytes its page took in all."""
    async with visiting(browser, origin, timezone_id="UTC", **picture.emulated) as visitor:
        await visitor.page.clock.set_fixed_time(NOW)
        page = await visitor.see(picture.path)
        await page.evaluate(SHOW_DEFAULT_ADDRESS, origin.rstrip("/"))
        picture_taken = await page.screenshot(path=file, animations="disabled")
        if len(picture_taken) > LARGEST:
            sys.exit(f"{file} has more than {LARGEST} bytes")
        return await visitor.weight()


async def main(folder: Path) -> None:
    """Take all pictures."""
    with TemporaryDirectory() as stores, sites(Path(stores)) as origins:
        async with chromium(os.environ | {"FONTCONFIG_FILE": str(FONTS)}) as browser:
            for picture in PICTURES:
                weight = await taken(browser, origins[picture.place], picture, folder / f"{picture.name}.png")
                sys.stdout.write(f"{picture.name}.png: a page of {weight / 1000:.0f} kB\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
