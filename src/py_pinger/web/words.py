"""Template filters: how moments and foreign text are written on the pages."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from flask import Flask, url_for

from py_pinger.core import wording

# Characters of a text that a cell of the overview shows; the task's own page shows it whole.
CELL = 200


def install(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters.update(
        plain=wording.clean,
        cell=cell,
        relative=relative,
        moment=wording.moment,
        iso=wording.iso,
        page=task_page,
    )


def cell(text: str) -> str:
    """Return foreign text for one cell of a table."""
    return wording.cut(wording.clean(text), CELL)


def relative(moment: datetime, now: datetime) -> str:
    """Return how far away a moment is: `4 min ago`, `in 6 min`."""
    if moment > now:
        return f"in {wording.duration(moment - now)}"
    return f"{wording.duration(now - moment)} ago"


def task_page(url: str) -> str:
    """Return the address of a task's page; the URL is wholly encoded, so that it means only this task."""
    return url_for("task", url="-").removesuffix("-") + quote(url, safe="")
