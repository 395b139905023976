"""Filters of the templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from math import floor
from urllib.parse import quote

from flask import Flask, url_for

from py_pinger.core.text import formatting
from py_pinger.core.times import DAY, MAX_TIME


def percent(share: float) -> str:
    """Return a share as `99.95 %`, rounded down, so that only the whole is 100 %."""
    return f"{floor(share * 10_000) / 100:g} %"


# Characters of a text that a cell of the overview shows, and that any page shows of one text.
CELL = 200
LONGEST = 4000


def install(app: Flask) -> None:
    """Add the filters to the templates."""
    app.jinja_env.filters.update(
        plain=plain,
        cell=cell,
        relative=relative,
        moment=formatting.timestamp,
        minute=formatting.minute,
        clock=clock,
        iso=formatting.iso,
        duration=formatting.duration,
        milliseconds=milliseconds,
        percent=percent,
        verbatim=verbatim,
        key=key,
        page=task_page,
    )
    app.jinja_env.tests["never"] = lambda moment: moment == MAX_TIME


def plain(text: str) -> str:
    """Return foreign text, cut to what a page shows of one text."""
    return formatting.cut(formatting.clean(text), LONGEST)


def cell(text: str) -> str:
    """Return foreign text, cut to one cell of a table."""
    return formatting.cut(formatting.clean(text), CELL)


def verbatim(text: str) -> str:
    """Return foreign text with its lines, without characters that reorder or hide text."""
    return "\n".join("\t".join(map(_bare, line.split("\t"))) for line in text.splitlines())


def milliseconds(length: timedelta) -> str:
    """Return a duration in whole milliseconds."""
    return f"{length / timedelta(milliseconds=1):,.0f} ms"


def relative(moment: datetime, now: datetime) -> str:
    """Return the distance of a time: `4 min ago`, `in 6 min`."""
    if moment > now:
        return f"in {formatting.duration(moment - now)}"
    return f"{formatting.duration(now - moment)} ago"


def clock(moment: datetime, now: datetime) -> str:
    """Return a time of day, with its date if it is a day or more away."""
    if moment == MAX_TIME:
        return "further notice"
    return f"{moment:%H:%M} UTC" if abs(moment - now) < DAY else f"{moment.day} {moment:%b %Y %H:%M} UTC"


def _bare(text: str) -> str:
    """Return the text clean, with the blanks at its ends."""
    blanks = len(text) - len(text.lstrip(" "))
    return " " * blanks + formatting.clean(text)


def key(text: str) -> str:
    """Return a short, stable id for the element of a page about this text."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()


def task_page(url: str, endpoint: str = "task") -> str:
    """Return the address of a task's page.

    Its URL is encoded in full, so that it is unambiguous.
    """
    return url_for(endpoint, url="-").removesuffix("-") + quote(url, safe="")
