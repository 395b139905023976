"""Sends reports by healthchecks' ping protocol, with the report as JSON.

A success goes to the task's address, a failure to `/fail` or to the exit code, a start to `/start`. So a
server that ignores the JSON understands it as well. A log goes to `/log`, as text, before the report.
"""

from __future__ import annotations

import os
import re
import time
from typing import NamedTuple

# Seconds that a push may take, with both its tries.
PUSH_LIMIT = 5.0
_TRIES = 2
_PAUSE = 0.5

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_OF_ONE_TASK = re.compile(rf"/ping/[^/]+/[^/]+$|/{_UUID}$")


class PushRequest(NamedTuple):
    """One report: what is appended to the task's address, the run that it is about, its JSON, and a log."""

    suffix: str
    rid: str
    body: str
    log: str = ""


class PushResult(NamedTuple):
    """Whether a request was accepted; if not, why, and whether to send it again later."""

    accepted: bool
    again: bool = False
    why: str = ""


NO_RESPONSE = PushResult(accepted=False, again=True, why="the server did not respond in time")


def new_rid() -> str:
    """Return a random UUID, version 4."""
    digits = bytearray(os.urandom(16))
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    return uuid_text(digits.hex())


def uuid_text(digits: str) -> str:
    """Return 32 hexadecimal digits as a UUID."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def task_address(address: str, slug: str) -> str:
    """Return a task's own address: as it is given, or that of all tasks with the slug appended.

    The address of one task ends with a UUID, with `/ping/KEY/SLUG`, or with the slug.
    """
    address = address.rstrip("/")
    is_of_one_task = _OF_ONE_TASK.search(address) or address.endswith(f"/{slug}")
    return address if is_of_one_task else f"{address}/{slug}"


def send(address: str, request: PushRequest, deadline: float) -> PushResult:
    """Send a report to a task's address, until a moment of `time.monotonic`. Never raises.

    The report counts: its log is sent first, and is lost if that fails.
    """
    if not address.startswith(("https://", "http://")):
        return PushResult(accepted=False, why="the push address does not begin with https:// or http://")
    run = f"?rid={request.rid}"
    if request.log:
        _posted(f"{address}/log{run}", request.log, "text/plain; charset=utf-8", deadline)
    return _posted(f"{address}{request.suffix}{run}", request.body, "application/json", deadline)


def _posted(address: str, body: str, content_type: str, deadline: float) -> PushResult:
    """POST a body; try twice if the first failure may pass."""
    from pinger_report.plain_post import plain_address, post_plain  # noqa: PLC0415 - a start saves its time

    result, plain = NO_RESPONSE, plain_address(address)
    for attempt in range(_TRIES):
        pause = _PAUSE if attempt else 0.0
        left = deadline - time.monotonic() - pause
        if left <= 0:
            break
        time.sleep(pause)
        if plain:
            result = post_plain(plain, body, content_type, left)
        else:
            from pinger_report.http_post import post  # noqa: PLC0415 - it is costly, see there

            result = post(address, body, content_type, left)
        if not result.again:
            break
    return result
