"""When files that are being changed may be taken for finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

# Seconds for which nothing may change: whoever writes a file a part at a time does not pause for longer.
QUIET = 2.0

# Seconds for which a file may be gone while an editor, or a tool that deploys, puts another in its place.
GONE = 5.0

# By its path, what tells one state of a file from another; None where it is not there.
Looks = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of the files, and since when it is so, in seconds of a clock that never goes back."""

    looks: Looks
    since: float

    def after(self, looks: Looks, now: float) -> Self:
        """Return what has been seen by now."""
        return self if looks == self.looks else type(self)(looks, now)

    def finished(self, taken: Looks, now: float) -> bool:
        """Tell whether the files are others than those `taken`, and nobody is at work on them any more."""
        vanished = any(look is None and taken.get(path) is not None for path, look in self.looks.items())
        return self.looks != taken and now - self.since >= (GONE if vanished else QUIET)
