"""A PostgreSQL server whose clock is set while it runs, by libfaketime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.privileges import faketime

_FILE = "clock"


@dataclass
class DatabaseClock:
    """The clock of a server in a folder."""

    folder: Path

    def set_by(self, seconds: int) -> None:
        """Let the clock be so many seconds ahead of the machine's from now on."""
        new = self.folder / "clock.new"
        new.write_text(f"{seconds:+}s\n", "ascii")
        new.rename(self.folder / _FILE)


def own_clock(folder: Path) -> Mapping[str, str]:
    """Return the variables of a server whose clock `DatabaseClock` sets, for `running_cluster`."""
    DatabaseClock(folder).set_by(0)
    return {
        "LD_PRELOAD": str(faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(folder / _FILE),
        # All processes of the server see a change at the same moment.
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
