"""Acknowledgements: somebody takes care of an incident, and no more notices of it are needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Suppresses the notices about one incident of a task, until it ends.

    The task's `url` and when the incident `opened` identify it. `who` acknowledged it, and from where.
    """

    url: str
    opened: datetime
    at: datetime
    why: str
    who: str

    @property
    def text(self) -> str:
        """The reason and the person, in a line."""
        return acknowledgement_text(self.why, self.who)


def acknowledgement_text(why: str, who: str) -> str:
    """Return the reason and the person, in a line."""
    return f"{why} ({who})" if why else f"by {who}"
