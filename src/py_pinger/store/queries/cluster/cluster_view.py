"""The cluster as one transaction sees it."""

from __future__ import annotations

from sqlalchemy import Connection

from py_pinger.core.cluster.lease import Renewal
from py_pinger.core.model.cluster import ClusterView
from py_pinger.store.queries.cluster import assignment_rows, generation_row, incarnation_rows


def read_view(connection: Connection, renewal: Renewal | None = None) -> ClusterView:
    """Return what there is of the cluster, by default at the present time of the server's clock."""
    return ClusterView(
        renewal.at if renewal else incarnation_rows.now(connection),
        incarnation_rows.living(connection),
        assignment_rows.owners(connection),
        generation_row.generation(connection),
        renewal.former if renewal else None,
    )
