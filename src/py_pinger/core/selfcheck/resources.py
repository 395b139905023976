"""Notices about missing file descriptors, ports or memory."""

from __future__ import annotations

from datetime import datetime

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import time_of_day, time_range

TOPIC = "lack"


def problem(detail: str) -> Problem:
    """Return the problem of missing resources."""
    return Problem(ProblemKind.RESOURCES, f"tasks cannot be checked: {detail}")


def warning(detail: str, since: datetime, now: datetime) -> Notice:
    """Return the notice about a problem that lasts."""
    text = f"Py Pinger cannot check tasks since {time_of_day(since)}: {detail}."
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=since, text=text)


def all_clear(detail: str, since: datetime, now: datetime) -> Notice:
    """Return the notice that it is over."""
    text = f"Py Pinger can check tasks again; from {time_range(since, now)} it could not: {detail}."
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=since, text=text)
