"""The cluster as one transaction sees it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection

from py_pinger.core.model.cluster import ChangeKind, ClusterView, SettingsGeneration
from py_pinger.store.queries.cluster import assignment_rows, generation_row, incarnation_rows
from py_pinger.store.queries.cluster.change_tokens import LONGEST
from py_pinger.store.queries.cluster.incarnation_rows import RenewedLease

# What a node reads at a renewal only if it has changed since the last one.
KINDS: Final = (ChangeKind.ASSIGNMENTS, ChangeKind.SETTINGS)


def read_view(connection: Connection) -> ClusterView:
    """Return what there is of the cluster at the present time of the server's clock."""
    return ClusterView(
        incarnation_rows.now(connection),
        incarnation_rows.living(connection),
        assignment_rows.owners(connection),
        generation_row.generation(connection),
    )


class _Known(NamedTuple):
    """What was read of some kinds, and what is equal as long as they have not changed."""

    version: Hashable
    stored: Mapping[str, int | None]
    generation: SettingsGeneration | None


class ViewReader:
    """Returns one view of the cluster after the other; belongs to the thread that renews the lease."""

    def __init__(self) -> None:
        self._known = _Known(None, {}, None)
        # With what they follow from: 1,024 need not be computed each second.
        self._owners: tuple[Hashable, Mapping[str, int | None]] = None, {}

    def view(self, connection: Connection, renewal: RenewedLease) -> ClusterView:
        """Return the cluster after a renewal, in its transaction."""
        version = renewal.token, int(renewal.at.timestamp() // LONGEST)
        if version != self._known.version:
            # These statements see all that the renewal saw, and maybe more: then the next one sees a change.
            self._known = _Known(
                version, assignment_rows.as_stored(connection), generation_row.generation(connection)
            )
        owners = self._living_owners(renewal)
        return ClusterView(renewal.at, renewal.nodes, owners, self._known.generation, renewal.former)

    def _living_owners(self, renewal: RenewedLease) -> Mapping[str, int | None]:
        living = frozenset(node.incarnation for node in renewal.nodes)
        if self._owners[0] != (self._known.version, living):
            stored = self._known.stored.items()
            owners = {name: owner if owner in living else None for name, owner in stored}
            self._owners = (self._known.version, living), owners
        return self._owners[1]
