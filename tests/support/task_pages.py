"""The pages of tasks. A timedelta in one stands for the time that far from now, when it is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = timedelta(0)


def moment(ahead: timedelta) -> str:
    """Return the moment that lies so far ahead of now, as tasks write it."""
    return f"{datetime.now(UTC) + ahead:%Y-%m-%dT%H:%M:%SZ}"


def report(**changes: object) -> dict[str, object]:
    """Return the page of a task that has just run, with some keys changed; None leaves a key out."""
    usual = {"status": "ok", "lastrun": NOW, "frequency": 10, "process": "My Process", "server": "My Server"}
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}


def failing(**changes: object) -> dict[str, object]:
    """Return the page of a task that says it has failed."""
    return report(**{"status": "error", "reason": "There was an error", **changes})


def rendered(page: object) -> bytes:
    """Return a page as it goes out now; bytes stay as they are."""
    return page if isinstance(page, bytes) else orjson.dumps(page, default=_moment)


def _moment(value: Any) -> str:  # noqa: ANN401 - orjson hands over whatever it does not know
    if isinstance(value, timedelta):
        return moment(value)
    raise TypeError
