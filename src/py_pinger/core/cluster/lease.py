"""The lease of a node by its own clock: until when it may act, and when it may declare others lost.

All times are seconds of a clock that goes on while the machine sleeps. The database alone decides whether a
lease has expired; these rules only make a node more careful than the database requires.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Final, Self

# Seconds for which a node is trusted to run after the database has renewed its lease.
LEASE: Final = 8.0

# Seconds between two renewals.
RENEWAL: Final = 1.0

# Seconds for which a node may send after it has sent a renewal that succeeded: a message that takes up to two
# seconds then still arrives before another node can have its channel.
TRUST: Final = 6.0

# Seconds between two renewals beyond which the database counts as having been away, perhaps for all nodes.
LONGEST_BREAK: Final = 3.0


@dataclass(frozen=True, slots=True)
class LeaseHistory:
    """The renewals of one incarnation: when the last one that succeeded was `sent` and `answered`.

    Since the renewal that was answered at `unbroken_since` there was no long break between two of them. The
    last one may have `failed`.
    """

    sent: float = -inf
    answered: float = -inf
    unbroken_since: float = -inf
    failed: bool = True

    def after_renewal(self, sent_at: float, answered_at: float) -> Self:
        """Return the history after a renewal that succeeded."""
        # As long as the break can have been: the database acts at some moment between request and answer.
        is_broken = answered_at - self.sent > LONGEST_BREAK
        since = answered_at if is_broken else self.unbroken_since
        return type(self)(sent_at, answered_at, since, failed=False)

    def after_failure(self) -> Self:
        """Return the history after a renewal that failed or was not answered."""
        return replace(self, failed=True)

    @property
    def trusted_until(self) -> float:
        """Until when the node may send messages: no other node can have its assignments before."""
        return self.sent + TRUST

    def may_declare(self, now: float) -> bool:
        """Return True if the node may declare others lost: all had a whole lease's time to renew theirs.

        After an outage of the database the leases of all nodes may have expired, though all of them run.
        """
        is_recent = now - self.sent <= LONGEST_BREAK
        return not self.failed and is_recent and self.sent - self.unbroken_since >= LEASE


def was_stopped(before: float, now: float) -> bool:
    """Return True if a process was stopped between two rounds of a loop for longer than its lease.

    It then begins a new incarnation in any case, even if the database still has the former one.
    """
    return now - before > LEASE
