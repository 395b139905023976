"""The settings of the demo: it monitors pages of invented tasks, which Py Pinger serves itself.

Needs no file and leaves none.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.task import Task
from py_pinger.core.times import MINUTE
from py_pinger.web.demo.demo_shop import DemoShop

# Short, so that people see changes.
INTERVAL: Final = timedelta(seconds=5)

TIMEOUT: Final = timedelta(seconds=2)

# Above what a run takes.
GRACE: Final = 2 * MINUTE


def demo_settings(folder: Path, host: str, port: int, shop: DemoShop) -> Settings:
    """Return settings for the tasks of the shop on this host and port, with files in `folder`."""
    main = MainSettings(
        host=host,
        port=port,
        database=f"sqlite:///{folder / 'demo.db'}",
        log=folder / "demo.log",
        only_log=True,
        greeting="This is the demo.",
        interval=INTERVAL,
        error_interval=INTERVAL,
        timeout=TIMEOUT,
        retries=0,
    )
    return Settings(
        main=main, tasks=tuple(_task(f"http://{host}:{port}/demo/{task.slug}") for task in shop.tasks)
    )


def _task(url: str) -> Task:
    return Task(url, url, interval=INTERVAL, error_interval=INTERVAL, timeout=TIMEOUT, retries=0, grace=GRACE)
