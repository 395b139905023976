"""Where reports go: the keywords, then the environment, read at the start of each run."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from pinger_report.warn import warn

# The file in which a run inside `pinger exec` leaves its result; it is named after the slug of the task.
RUN_VARIABLE = "PINGER_RUN"


class Destination(NamedTuple):
    """A folder of pages, an address for pushes, both or neither; or the command that the run is part of."""

    folder: str | None = None
    push: str | None = None
    enclosing: str | None = None


def destination_of(slug: str, folder: str | os.PathLike[str] | None, push: str | None) -> Destination:
    """Return where the reports of a task go. With neither a folder nor an address, warn once."""
    inside, name = os.path.split(os.environ.get(RUN_VARIABLE, ""))
    # A daemon that was started by `pinger exec` may have outlived it, and reports for itself.
    if inside and name == slug and os.path.isdir(inside):
        return Destination(enclosing=os.path.join(inside, name))
    where = Destination(
        os.fspath(folder) if folder else os.environ.get("PINGER_REPORTS") or None,
        push or os.environ.get("PINGER_PUSH") or None,
    )
    if where == Destination():
        _warn_once(warn)
    return where


@lru_cache(maxsize=1)
def _warn_once(log: Callable[[str], None]) -> None:
    log("Runs are not reported: neither PINGER_REPORTS nor PINGER_PUSH is set")
