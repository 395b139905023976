"""The cluster as one transaction sees it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from py_pinger.core.model.cluster import ClusterView
from py_pinger.store.queries.cluster import assignment_rows, generation_row, incarnation_rows


def read_view(connection: Connection, at: datetime | None = None) -> ClusterView:
    """Return what there is of the cluster, by default at the present time of the server's clock."""
    return ClusterView(
        at or incarnation_rows.now(connection),
        incarnation_rows.living(connection),
        assignment_rows.owners(connection),
        generation_row.generation(connection),
    )
