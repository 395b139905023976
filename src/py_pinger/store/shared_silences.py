"""The silences of a cluster, which a node reads only when some have changed."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime

from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.suppression.silence import StoredSuppressions
from py_pinger.store.cluster_changes import ClusterChanges
from py_pinger.store.database.transactions import Transactions
from py_pinger.store.queries.silences import Silences

# An acknowledgement goes with its incident, or with its task.
_OF_ACKNOWLEDGED = (ChangeKind.SUPPRESSIONS, ChangeKind.TASKS, ChangeKind.SETTINGS)


class SharedSilences(Silences):
    """The same, for a node: `in_force` belongs to one thread at a time."""

    def __init__(self, database: Transactions, changes: ClusterChanges) -> None:
        super().__init__(database)
        self._changes = changes
        self._version: Hashable = None
        self._known = StoredSuppressions()

    def in_force(self, now: datetime) -> StoredSuppressions:
        """Return the silences that have not ended and the acknowledgements, as they were when last changed.

        Silences that have ended since are among them.
        """
        kinds = _OF_ACKNOWLEDGED if self._known.acknowledgements else (ChangeKind.SUPPRESSIONS,)
        version = kinds, self._changes.version(*kinds)
        if version != self._version:
            self._known = super().in_force(now)
            self._version = version
        return self._known
