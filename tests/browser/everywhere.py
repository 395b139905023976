"""Every page there is, on a site where much happens and on one where nothing has."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.browser.sites import NIGHTLY, history_path, task_path

FAILING_URL = "https://db-1.example.com/status/ship-the-write-ahead-log"
FAILING = task_path(FAILING_URL)
WELL = task_path("https://web-1.example.com/status/import-orders")
ASLEEP = task_path("https://web-1.example.com/status/warm-the-cache")
PAGES = {
    "overview": ("seeded", "/"),
    "nothing found": ("seeded", "/?q=nothing+is+like+this"),
    "task in error": ("seeded", FAILING),
    "task that is well": ("seeded", WELL),
    "task asleep": ("seeded", ASLEEP),
    "task of the demo": ("demo", task_path("http://localhost:3002/demo/import-orders")),
    "task history": ("seeded", history_path(FAILING_URL)),
    "task history of a day": ("seeded", history_path(FAILING_URL, "?day=2026-11-21")),
    "task history of no day": ("seeded", history_path(FAILING_URL, "?day=2026-01-01")),
    "incidents": ("seeded", "/incidents?cause=http"),
    "silences": ("silenced", "/silences"),
    "silenced": ("silenced", "/"),
    "comfortable": ("seeded", "/?view=comfortable&group=process"),
    "no silences": ("seeded", "/silences"),
    "health": ("seeded", "/health"),
    "nodes": ("clustered", "/nodes"),
    "node without a database": ("clustered", "/"),
    "wall": ("seeded", "/wall"),
    "wall of marks": ("seeded", "/wall?size=small"),
    "wall of nothing": ("empty", "/wall"),
    "status page": ("seeded", "/status/shop"),
    "status page of nothing": ("empty", "/status/shop"),
    "dated": ("dated", "/"),
    "dated health": ("dated", "/health"),
    "task of a schedule": ("dated", task_path(NIGHTLY)),
    "silence": ("dated", f"/silence/{quote('https://cron.example.com/status/failing', safe='')}"),
    "new silence": ("dated", "/silences/new?pattern=*cron*"),
    "samples": ("dated", "/sample/"),
    "nowhere": ("seeded", "/nowhere"),
    "docs": ("seeded", "/docs"),
    "docs of pushes": ("seeded", "/docs/push"),
    "demo": ("demo", "/"),
    "no tasks": ("empty", "/"),
    "no incidents": ("empty", "/incidents"),
}
# The first page at each kind of path: below /task/ all have the same template.
OF_EACH_KIND = {
    (path.partition("?")[0].split("/")[1], path.partition("?")[0].count("/")): name
    for name, (_, path) in reversed(PAGES.items())
}.values()
# What is true of every page: tried on those in each run of the tests, and on all in the thorough form.
on_many_pages = pytest.mark.parametrize(
    "names",
    [
        pytest.param(tuple(OF_EACH_KIND), id="of each kind"),
        pytest.param(tuple(PAGES), id="all", marks=pytest.mark.thorough),
    ],
)
on_every_page = pytest.mark.parametrize(("place", "path"), PAGES.values(), ids=PAGES.keys())
