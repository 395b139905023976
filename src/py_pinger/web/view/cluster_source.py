"""The cluster that the pages show: what is behind them where this process is a node."""

from __future__ import annotations

from typing import Protocol

from py_pinger.core.model.cluster_status import ClusterStatus


class ClusterSource(Protocol):
    """The cluster as this node knows it; may be read from any thread."""

    def status(self) -> ClusterStatus | None:
        """Return the cluster as it was read last, without the database; None before it was read once."""

    def owns(self, url: str) -> bool:
        """Return True if this node checks a task."""

    def refresh(self) -> None:
        """Read when other nodes last checked their tasks, unless that was read just now; blocks."""
