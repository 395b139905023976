"""What a `report` inside `pinger exec` leaves for it: a file in a folder that only this user can enter."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from pinger_report.outcome import Outcome


def hand_over(path: str, outcome: Outcome) -> None:
    """Leave a result to the `pinger exec` that the run is part of. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{json.dumps([outcome.ok, outcome.reason])}\n".encode())
    finally:
        os.close(handle)


class Handover:
    """The file in which results are left. Without a place for it, runs inside report for themselves."""

    def __init__(self, rid: str, slug: str) -> None:
        folder = os.path.join(os.environ.get("TMPDIR") or "/tmp", f"pinger-exec-{rid}")  # noqa: S108 - private
        self.path: str | None = os.path.join(folder, slug)
        try:
            os.mkdir(folder, 0o700)
        except OSError:
            self.path = None

    def result(self) -> Outcome | None:
        """Return the last failure, or else the last result; None if there is none."""
        outcomes = []
        with suppress(OSError, ValueError, TypeError), open(self.path or "", encoding="utf-8") as lines:
            outcomes = [Outcome(*json.loads(line)) for line in lines]
        failures = [each for each in outcomes if not each.ok]
        return next(iter((failures or outcomes)[-1:]), None)

    def remove(self) -> None:
        """Delete the file and its folder."""
        if self.path:
            with suppress(OSError):
                os.unlink(self.path)
            with suppress(OSError):
                os.rmdir(os.path.dirname(self.path))
