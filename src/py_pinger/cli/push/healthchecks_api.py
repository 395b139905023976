"""Reads the checks of a healthchecks server, by version 3 of its API.

The API is documented at https://healthchecks.io/docs/api/. It returns all checks of a project in one
response. A key that may only read leaves out the UUIDs, which are the secrets of the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit

import orjson

from py_pinger import __version__
from py_pinger.cli.bounded_http import fetch
from py_pinger.cli.exits import CannotStart, UsageProblem
from py_pinger.cli.tasks.server_client import connection_cause
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.formatting import http_status
from py_pinger.core.text.urls import mask

VARIABLE: Final = "PINGER_HEALTHCHECKS_KEY"

_ROUTE: Final = "/api/v3/checks/"
_UNAUTHORIZED, _NOT_FOUND = 401, 404
# What says that words in a ping's body or in a mail's subject decide what it means.
_FILTERS: Final = ("filter_subject", "filter_body", "filter_http_body", "filter_default_fail")


@dataclass(frozen=True, slots=True)
class ForeignCheck:
    """A check of healthchecks: what it is, and when it expects pings.

    It has a `timeout` between pings, or a `schedule` with a `zone`. `uuid` and `ping_url` are None for a key
    that may only read. A check `has_starts` if its pings say when runs begin.
    """

    name: str
    slug: str
    status: str
    grace: timedelta
    timeout: timedelta | None
    schedule: str | None
    zone: str
    uuid: str | None = field(repr=False)
    ping_url: str | None = field(repr=False)
    has_starts: bool
    post_only: bool
    filters: bool
    tags: str
    description: str


def read_checks(url: str, key: str) -> Sequence[ForeignCheck]:
    """Return the checks of the server at a URL, or those that its query selects.

    Raises UsageProblem if the URL is wrong, and CannotStart if the server does not return them.
    """
    address = checks_address(url)
    headers = {"User-Agent": f"py-pinger/{__version__}", "Accept": "application/json", "X-Api-Key": key}
    try:
        return [_check(each) for each in orjson.loads(fetch(address, headers))["checks"]]
    except HTTPError as error:
        error.close()
        raise CannotStart(_rejected(address, error.code)) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise CannotStart(f"{address} is not the API of a healthchecks server.") from None
    except (OSError, HTTPException) as error:
        raise CannotStart(f"Cannot connect to {address}: {connection_cause(error)}.") from None


def checks_address(url: str) -> str:
    """Return the URL that lists the checks of a server, given its own; raises UsageProblem."""
    if why := url_problem(url):
        raise UsageProblem(f"URL: {mask(url)} {why}; use for example https://healthchecks.io.")
    if mask(url) != url:
        raise UsageProblem(f"URL contains a password; remove it, and set {VARIABLE} to the API key instead.")
    parts = urlsplit(url)
    path = parts.path.partition("/api/v")[0].rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, f"{path}{_ROUTE}", parts.query, ""))


def _rejected(address: str, status: int) -> str:
    if status == _UNAUTHORIZED:
        return f"The server at {address} rejected the API key."
    if status == _NOT_FOUND:
        return f"{address} does not exist; use the address of a healthchecks server with API v3."
    return f"The server at {address} responded with {http_status(status)}."


def _check(row: Mapping[str, object]) -> ForeignCheck:
    """Return a check as the API describes it; raises an error of values or types if it is none."""
    timeout, schedule = row.get("timeout"), row.get("schedule")
    if timeout is None and schedule is None:
        raise KeyError
    return ForeignCheck(
        name=_text(row, "name"),
        slug=_text(row, "slug"),
        status=str(row["status"]),
        grace=_seconds(row["grace"]),
        timeout=None if timeout is None else _seconds(timeout),
        schedule=None if schedule is None else str(schedule),
        zone=_text(row, "tz") or "UTC",
        uuid=_text(row, "uuid") or None,
        ping_url=_text(row, "ping_url") or None,
        has_starts=bool(row.get("started") or row.get("last_duration") is not None),
        post_only=row.get("methods") == "POST",
        filters=any(row.get(name) for name in _FILTERS),
        tags=_text(row, "tags"),
        description=_text(row, "desc"),
    )


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def _seconds(value: object) -> timedelta:
    if not isinstance(value, int | float):
        raise TypeError
    return timedelta(seconds=value)
