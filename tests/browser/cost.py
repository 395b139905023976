"""What the overview costs the server: `python -m tests.browser.cost`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from tests.browser.sites import NOW, GoodVitals, store_at, write_crowd

from py_pinger.app.web_data import WebData
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.web import LoginState, PageSettings, create_app

# Of so many looks, each a second after the one before, the first and the longest of the others count.
LOOKS = 10
SIZES = (100, 10_000)


def costs(size: int) -> Iterator[tuple[float, int]]:
    """Yield the seconds of CPU time and the bytes of each look at so many tasks."""
    seconds = count()
    with TemporaryDirectory() as folder, store_at(Path(folder) / "pinger.db") as store:
        urls = [task.url for task in write_crowd(store, size)]

        def clock() -> datetime:
            return NOW + timedelta(seconds=next(seconds))

        silencer = Silencer(store.silences.in_force, (), clock)
        pages = create_app(
            WebData(store, GoodVitals(), tuple, clock, silencer, lambda _: 0.0),
            PageSettings(urls),
            clock,
            LoginState(),
        )
        browser = pages.test_client()
        for _ in range(LOOKS):
            began = process_time()
            answer = browser.get("/", headers={"Accept": "text/html"})
            yield process_time() - began, len(answer.data)


if __name__ == "__main__":
    for size in SIZES:
        (first, weight), *others = costs(size)
        longest = max(seconds for seconds, _ in others)
        sys.stdout.write(
            f"{size:,} tasks: {weight / 1000:.0f} kB; {1000 * first:.0f} ms for the first look, "
            f"then {1000 * longest:.0f} ms at most\n"
        )
