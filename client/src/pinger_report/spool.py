"""Reports that could not be pushed: kept in the folder of pages, until the next push takes them along.

They contain no address and no key; a log may be in them, so only their owner can read them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress

from pinger_report.page_file import replace_file
from pinger_report.push import PushRequest

# Reports of one task. More would take longer to send than a push may take.
_KEPT = 10


class Spool:
    """The kept reports of one task, oldest first."""

    def __init__(self, folder: str, slug: str) -> None:
        self._folder = os.path.join(folder, ".spool")
        self._slug = slug

    def keep(self, request: PushRequest) -> None:
        """Keep a report, and delete the oldest ones over the limit. Raises OSError."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        path = os.path.join(self._folder, f"{self._slug}.{time.time_ns():020d}.{request.rid}.json")
        replace_file(path, f"{path}.tmp", json.dumps(request._asdict()).encode(), 0o600)
        for oldest in self._names()[:-_KEPT]:
            self.forget(oldest)

    def entries(self) -> Iterator[tuple[str, PushRequest]]:
        """Yield each kept report with its name. One that cannot be read is deleted."""
        for name in self._names():
            try:
                with open(os.path.join(self._folder, name), "rb") as file:
                    request = PushRequest(**json.load(file))
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError):
                self.forget(name)
            else:
                yield name, request

    def forget(self, name: str) -> None:
        """Delete a report, which another run may have deleted already."""
        with suppress(OSError):
            os.unlink(os.path.join(self._folder, name))

    def _names(self) -> list[str]:
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []
        return sorted(each for each in names if each.startswith(f"{self._slug}.") and each.endswith(".json"))
