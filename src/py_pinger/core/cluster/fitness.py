"""Which nodes are fit to own assignments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from py_pinger.core.model.cluster import Node, Sight

# Beyond this difference from the clock of the database a node would call tasks late that are not.
LARGEST_CLOCK_ERROR: Final = timedelta(seconds=5)


def is_fit(node: Node) -> bool:
    """Return True if a node runs, sees the tasks, and has the right time."""
    report = node.report
    has_time = abs(report.clock_error) <= LARGEST_CLOCK_ERROR
    return not node.expired and report.sight is Sight.CLEAR and has_time


def is_running(node: Node) -> bool:
    """Return True if the lease of a node runs and so do its loops: it does not start or stop."""
    return not node.expired and node.report.sight in (Sight.CLEAR, Sight.BLIND)


def candidates(assignment: str, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the fit nodes whose settings have what an assignment needs.

    All fit ones if none of them has it; none if no node is fit.
    """
    fit = tuple(node for node in nodes if is_fit(node))
    return tuple(node for node in fit if assignment not in node.report.lacking) or fit
