"""What the numbers of a node's transactions say about what the database still has.

Each writing transaction of an incarnation gets the next number from the row that it locks first. So the
number of the next one says whether a commit whose answer was lost happened, and whether the database has lost
commits: it was restored from a backup, or another server that lagged took its place. It may have lost even
the row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

# Seconds for which the row of a run is kept after its end: others have followed its last transactions then.
RUN_KEPT: Final = 86_400.0

# Seconds since the last renewal of a lease, far below those: what takes longer to restore a database is rare,
# and a node that was cut off meanwhile would write what others have taken over.
LONGEST_RESTORE: Final = 3_600.0


class Continuity(StrEnum):
    """What the number of a transaction says about those before it.

    All are there, or one whose answer was lost happened after all. Some were LOST: all from this number on.
    Or ANOTHER process writes as the same incarnation, such as a copy of a virtual machine: then the
    incarnation has to end.
    """

    CONTINUES = "continues"
    UNCONFIRMED_HAPPENED = "unconfirmed_happened"
    LOST = "lost"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class CommitHistory:
    """The number of the last transaction that was `confirmed`, 0 before the first.

    The answer to the commit of an `unconfirmed` one was lost, so it may have happened or not.
    """

    confirmed: int = 0
    unconfirmed: int | None = None

    def continuity(self, number: int) -> Continuity:
        """Return what the number of a transaction that has begun says about those before."""
        if number <= self.confirmed:
            return Continuity.LOST
        if number == self.confirmed + 1:
            return Continuity.CONTINUES
        happened = self.unconfirmed is not None and number == self.unconfirmed + 1
        return Continuity.UNCONFIRMED_HAPPENED if happened else Continuity.ANOTHER

    def after_commit(self, number: int) -> Self:
        """Return the history after the database has confirmed the commit of a transaction."""
        return type(self)(number)

    def after_lost_answer(self, number: int) -> Self:
        """Return the history after the answer to the commit of a transaction was lost."""
        return replace(self, confirmed=number - 1, unconfirmed=number)


def is_run_lost(renewed_ago: float, *, has_successor: bool) -> bool:
    """Return True if a run that the database does not have goes on; False if it is over.

    Its lease was renewed so many seconds ago. A run that is over has a row for a day, so one whose row is
    missing soon is lost with its commits. But a later run of the same node is its successor: another process
    has begun as this node since.
    """
    return renewed_ago < LONGEST_RESTORE and not has_successor
