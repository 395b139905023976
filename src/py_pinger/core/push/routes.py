"""The routes of pushes, by which the web server knows them before it reads a body."""

from __future__ import annotations

from typing import Final

PING_ROUTE: Final = "/ping/"
REPORT_ROUTE: Final = "/report/"

# Bytes of a body that are read; a longer one is rejected.
LONGEST_BODY: Final = 2**20

# Bytes of a body that are kept while it is read: a log is cut to less, and a report is shorter.
TAIL: Final = 16 * 1024


def is_push_path(path: str) -> bool:
    """Return True if a path is one of the routes."""
    return path.startswith((PING_ROUTE, REPORT_ROUTE))
