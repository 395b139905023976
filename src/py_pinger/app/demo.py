"""The demo: monitors sample pages that Py Pinger serves itself.

Needs no file and leaves none.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.task import Task
from py_pinger.web.pages.samples import SAMPLES

# Short, so that people see changes.
INTERVAL = timedelta(seconds=5)

# Below the slow sample's three seconds, so that it times out.
TIMEOUT = timedelta(seconds=2)


def demo_settings(folder: Path, host: str, port: int) -> Settings:
    """Return settings for the sample pages on this host and port, with files in `folder`."""
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
    return Settings(main=main, tasks=tuple(_task(f"http://{host}:{port}/sample/{name}") for name in SAMPLES))


def _task(url: str) -> Task:
    return Task(url, url, interval=INTERVAL, error_interval=INTERVAL, timeout=TIMEOUT, retries=0)
