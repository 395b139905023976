"""The page of a task, by Py Pinger's contract: what the start and the end of a run make of it.

`stated` has the keys that are the same in all reports of the task. Overlapping runs share a page: it has the
latest start, and the result that came last.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pinger_report.outcome import Outcome

Page = Mapping[str, Any]


def moment() -> str:
    """Return the time in ISO 8601; of two such texts the later one is greater."""
    whole, thousandths = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{thousandths:03d}Z"


def started_page(stated: Page, previous: Page, started: str) -> dict[str, Any]:
    """Return the page of a task whose run begins: the result of the last one, and when this one began."""
    last: dict[str, Any] = {"status": "ok", "lastrun": None}
    if previous.get("status") in {"ok", "error"} and isinstance(previous.get("lastrun"), str):
        last = {key: previous.get(key) for key in ("status", "reason", "lastrun")}
    return _present({**last, "started": _latest(previous, started, started), **stated})


def finished_page(
    stated: Page, previous: Page, outcome: Outcome, started: str | None, ended: str
) -> dict[str, Any]:
    """Return the page of a task whose run has ended."""
    return result(stated, outcome, _latest(previous, started, ended) if started else None, ended)


def result(stated: Page, outcome: Outcome, started: str | None, ended: str) -> dict[str, Any]:
    """Return what a run says of itself alone; it is pushed like this."""
    status = "ok" if outcome.ok else "error"
    page = {"status": status, "reason": outcome.reason, "lastrun": ended, "started": started}
    return _present({**page, **stated})


def _latest(previous: Page, started: str, now: str) -> str:
    """Return the later of two starts; one ahead of the clock is wrong, and does not count."""
    other = previous.get("started")
    return other if isinstance(other, str) and started < other <= now else started


def _present(page: Page) -> dict[str, Any]:
    """Return a page without empty keys; null in `lastrun` says that there was no run yet."""
    return {key: value for key, value in page.items() if value is not None or key == "lastrun"}
