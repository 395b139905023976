"""The lease of a node by its own clock: until when it may act, and when it may declare others lost.

All times are seconds of a clock that goes on while the machine sleeps. The database alone decides whether a
lease has expired; these rules only make a node more careful than the database requires.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
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

# Seconds after the database has lost renewals in which nodes write again what else it has lost. Before that,
# what it has of owners and states is outdated.
RECOVERY: Final = 3.0

# Seconds by which the time between two renewals may differ by the database's clock: beyond that the clock was
# set, and leases end too early or too late until all are renewed.
LARGEST_STEP: Final = 1.0

# Seconds until the end of a lease beyond which it was renewed before the database's clock was set back.
LONGEST_LEASE: Final = LEASE + 2 * LARGEST_STEP

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Renewal:
    """When a lease was renewed by the clock of the database, and when before, as far as it knows."""

    at: datetime
    former: datetime


@dataclass(frozen=True, slots=True)
class LeaseHistory:
    """The renewals of one incarnation: when the last one that succeeded was `sent` and `answered`.

    By the clock of the database that was `at`. A break is anything by which leases may end although their
    nodes run; the last break ended with the renewal that was answered at `unbroken_since`. The database had
    lost renewals by the one that was answered at `set_back`. The last renewal may have `failed`.
    """

    sent: float = -inf
    answered: float = -inf
    at: datetime = _NEVER
    unbroken_since: float = -inf
    set_back: float = -inf
    failed: bool = True

    def after_renewal(self, sent_at: float, answered_at: float, renewal: Renewal) -> Self:
        """Return the history after a renewal that succeeded."""
        # As long as the break can have been: the database acts at some moment between request and answer.
        was_away = answered_at - self.sent > LONGEST_BREAK
        # Another server has taken its place that lagged behind, or it was restored from a backup.
        is_set_back = renewal.former < self.at
        is_broken = was_away or is_set_back or self._is_stepped(sent_at, answered_at, renewal.at)
        since = answered_at if is_broken else self.unbroken_since
        # Of a new run, the first renewal says nothing about what is lost.
        set_back = answered_at if is_set_back and self.at != _NEVER else self.set_back
        return type(self)(sent_at, answered_at, renewal.at, since, set_back, failed=False)

    def _is_stepped(self, sent_at: float, answered_at: float, at: datetime) -> bool:
        """Return True if the clock of the database was set since the last renewal."""
        passed = (at - self.at).total_seconds()
        return not sent_at - self.answered - LARGEST_STEP <= passed <= answered_at - self.sent + LARGEST_STEP

    def after_failure(self) -> Self:
        """Return the history after a renewal that failed or was not answered."""
        return replace(self, failed=True)

    @property
    def trusted_until(self) -> float:
        """Until when the node may send messages: no other node can have its assignments before."""
        return self.sent + TRUST

    def may_declare(self, now: float) -> bool:
        """Return True if the node may declare others lost: all had a whole lease's time to renew theirs.

        After an outage of the database the leases of all nodes may have expired, though all of them run. So
        they may where it has lost renewals, or its clock was set.
        """
        is_recent = now - self.sent <= LONGEST_BREAK
        return not self.failed and is_recent and self.sent - self.unbroken_since >= LEASE

    def may_take_over(self, now: float) -> bool:
        """Return True if the node may own what it did not own before.

        After the database has lost commits the nodes that own it write first what is lost.
        """
        return now - self.set_back >= RECOVERY


def was_stopped(before: float, now: float) -> bool:
    """Return True if a process was stopped between two rounds of a loop for longer than its lease.

    It then begins a new incarnation in any case, even if the database still has the former one.
    """
    return now - before > LEASE
