"""The lines by which a task reports its runs: for a shell, a crontab, a systemd service and Kubernetes.

They use nothing but curl, and `pinger exec` where that is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, PushIdentity
from py_pinger.core.text.urls import MASK
from py_pinger.core.times import DAY, HOUR, MINUTE

# What stands for the command that the task is.
COMMAND: Final = "/usr/local/bin/backup.sh"

# Fails for other statuses than 200, waits at most 10 s, tries again after a timeout and after 429 or 5xx.
_CURL: Final = "curl -fsS -m 10 --retry 5 -o /dev/null"

# The task of the welcome page.
EXAMPLE: Final = PushIdentity("nightly-backup")
EXAMPLE_SCHEDULE: Final = Schedule("0 2 * * *")

_WEEK: Final = 7 * DAY
# Lengths between runs that a crontab can have, the longest first.
_HOURS: Final = (12, 8, 6, 4, 3, 2)
_MINUTES: Final = (30, 20, 15, 12, 10, 6, 5, 4, 3, 2)
_CRON: Final = (
    (_WEEK, "0 0 * * 0"),
    (DAY, "0 0 * * *"),
    *((hours * HOUR, f"0 */{hours} * * *") for hours in _HOURS),
    (HOUR, "0 * * * *"),
    *((minutes * MINUTE, f"*/{minutes} * * * *") for minutes in _MINUTES),
)
_EVERY_MINUTE: Final = "* * * * *"

# Characters that no shell, crontab or unit file gives a meaning inside of a word of a URL.
_SAFE: Final = ":/[]@*~%"
_PERCENT = re.compile("%")

# Slugs that `pinger exec` makes of themselves as names; of others it removes hyphens.
_NAME = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class SenderLines:
    """What to copy: a URL, and what makes a run of COMMAND, or its end, a report by it."""

    url: str = field(repr=False)
    curl: str = field(repr=False)
    crontab: str = field(repr=False)
    systemd: str = field(repr=False)
    exec: str = field(repr=False)
    kubernetes: str = field(repr=False)


def sender_lines(url: str, slug: str, expectations: Expectations) -> SenderLines:
    """Return the lines for the URL to which a task sends its reports."""
    url = quote(url, safe=_SAFE)
    when = crontab_schedule(expectations)
    in_unit = _PERCENT.sub("%%", url)
    return SenderLines(
        url=url,
        curl=f'{COMMAND}; {_CURL} "{url}/$?"',
        crontab=f"{when} {COMMAND}; {_CURL} " + _PERCENT.sub(r"\%", url) + "/$?",
        systemd=f'ExecStopPost=/bin/sh -c \'[ "$SERVICE_RESULT" = success ] || end=/fail;'
        f' exec {_CURL} "{in_unit}$end"\'',
        exec=f"PINGER_PUSH={_common_address(url, slug)} pinger exec --name {slug} -- {COMMAND}",
        kubernetes=f'command: [sh, -c, "{COMMAND}; end=$?; {_CURL} {url}/$end; exit $end"]',
    )


def _common_address(url: str, slug: str) -> str:
    """Return the address that all tasks with the key have; that of the task if it has its own, by a UUID.

    The command may report further tasks, which would go to this one otherwise.
    """
    return url.removesuffix(f"/{slug}") if _NAME.fullmatch(slug) else url


def masked_lines(server: str, push: PushIdentity, expectations: Expectations) -> SenderLines:
    """Return the lines for pages: without the secret, and with the address of Py Pinger for senders."""
    return sender_lines(f"{server.rstrip('/')}{push.path(MASK)}", push.slug, expectations)


def example_lines(server: str) -> SenderLines:
    """Return the lines of the task of the welcome page, EXAMPLE."""
    return masked_lines(server, EXAMPLE, Expectations(schedule=EXAMPLE_SCHEDULE))


def crontab_schedule(expectations: Expectations) -> str:
    """Return when a crontab runs a task: by its schedule, or at least as often as its frequency says."""
    if expectations.schedule:
        return expectations.schedule.text
    frequency = expectations.frequency or timedelta()
    return next((fields for length, fields in _CRON if length <= frequency), _EVERY_MINUTE)
