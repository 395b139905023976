"""The cluster that the pages show: what is behind them where this process is a node."""

from __future__ import annotations

from typing import Protocol

from py_pinger.core.model.cluster_status import ClusterStatus


class ClusterSource(Protocol):
    """The cluster as this node knows it; may be read from any thread, and reads no database."""

    def status(self) -> ClusterStatus | None:
        """Return the cluster as it was read last; None before it was read once."""

    def owns(self, url: str) -> bool:
        """Return True if this node checks a task."""
