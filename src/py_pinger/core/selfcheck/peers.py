"""The other nodes of a cluster as evidence: whether this node alone is cut off from the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from py_pinger.core.cluster.fitness import is_fit
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.cluster import ClusterView, Node
from py_pinger.core.model.incident import TaskState
from py_pinger.core.times import SECOND, ZERO

# How long a suspected outage waits for another node to reach a task: the request of a check, the check, and
# two renewals of leases.
ANSWER: timedelta = 8 * SECOND

# A node that owns no task probes one so often, so that the others know that it can reach them.
IDLE: timedelta = 5 * SECOND

# How long a node that was cut off has to reach tasks before it owns some again.
CLEAR_AFTER: timedelta = 30 * SECOND


@dataclass(frozen=True, slots=True)
class Peers:
    """The `fit` ones of the other nodes; this node's clock is ahead of the database's by `clock_error`."""

    fit: tuple[Node, ...] = ()
    clock_error: timedelta = ZERO

    @classmethod
    def of(cls, view: ClusterView | None, incarnation: int, clock_error: timedelta) -> Self:
        """Return the peers of the node of an incarnation; none if it has not read a view yet."""
        others = (node for node in view.nodes if node.incarnation != incarnation) if view else ()
        return cls(tuple(filter(is_fit, others)), clock_error)

    def reach_since(self, moment: datetime) -> bool:
        """Return True if one of them has reached a task since a moment by this node's clock."""
        return any(at >= moment - self.clock_error for at in self._reached())

    def _reached(self) -> Iterator[datetime]:
        """Yield when each last reached a task, by the clock of the database."""
        for node in self.fit:
            if node.report.reached:
                yield node.report.reached - node.report.clock_error


def owners_reach(known: Sequence[TaskState | None], since: datetime) -> bool | None:
    """Return True if other nodes have reached most of their tasks since a moment, by the stored states.

    None without tasks: then there is nothing to compare with.
    """
    reached = sum(state is not None and _was_reached(state, since) for state in known)
    return 2 * reached > len(known) if known else None


def _was_reached(state: TaskState, since: datetime) -> bool:
    if state.checked_at is None or state.checked_at < since:
        return False
    return state.verdict.cause is not Cause.UNREACHABLE and state.verdict.status is not Status.UNKNOWN


# The peers of a process that is not a node.
NO_PEERS = Peers()
