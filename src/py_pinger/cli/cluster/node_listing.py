"""Where a command reads the nodes from: a running server, or else the database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

import orjson

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.tasks.server_client import ServerClient
from py_pinger.cli.tasks.snapshot import Unavailable
from py_pinger.core.model.cluster_status import NodeEnd
from py_pinger.core.text.formatting import timestamp
from py_pinger.store import StoreError
from py_pinger.store.external import ReadOnlyStore
from py_pinger.web.view.cluster_rows import (
    ClusterRows,
    EndedNodeRow,
    GenerationRow,
    NodeRow,
    NodeState,
    SettingsState,
    cluster_rows,
)

_TIMES: Final = frozenset(
    ("at", "unreadable_since", "differ_since", "since", "started", "renewed", "reached", "ended")
)
NO_CLUSTER: Final = "set node in [main] of pinger.ini to run several nodes with one PostgreSQL database"


@dataclass(frozen=True, slots=True)
class NodeListing:
    """The nodes of a cluster; `why` explains why the server could not be read."""

    source: Literal["server", "database"]
    place: str
    rows: ClusterRows
    why: str | None = None

    def description(self) -> str:
        """Return a sentence about the source of the nodes."""
        at = timestamp(self.rows["at"])
        if self.source == "server":
            return f"From {self.place} at {at}."
        return f"From the database {self.place} at {at}; {self.why}."


def read_nodes(server: ServerClient | Unavailable, database: str | None) -> NodeListing:
    """Return the nodes as a server knows them, or if it does not respond, as they are in the database.

    Raises CannotStart if there is no cluster, or if neither can be read.
    """
    found = server if isinstance(server, Unavailable) else _from_server(server)
    if isinstance(found, NodeListing):
        return found
    if database is None:
        raise _cannot_read(found.why)
    stored = _from_database(database, found.why)
    if isinstance(stored, Unavailable):
        raise _cannot_read(f"{found.why}; {stored.why}")
    return stored


def _cannot_read(why: str) -> CannotStart:
    return CannotStart(f"Cannot read the nodes: {why}.")


def _from_server(server: ServerClient) -> NodeListing | Unavailable:
    body = server.fetch("nodes")
    if isinstance(body, Unavailable):
        if body.is_missing:
            raise _cannot_read(f"the server at {server.url} is not a node of a cluster; {NO_CLUSTER}")
        return body
    try:
        return NodeListing("server", server.url, _rows(orjson.loads(body)["data"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unavailable(f"{server.url} is not a Py Pinger server")


def _from_database(database: str, why: str) -> NodeListing | Unavailable:
    try:
        with closing(ReadOnlyStore.open(database)) as store:
            status = store.cluster()
            name = store.name
    except StoreError as error:
        return Unavailable(str(error))
    if status is None:
        raise _cannot_read(f"no nodes have used the database {name}; {NO_CLUSTER}")
    return NodeListing("database", name, cluster_rows(status), why)


def _rows(data: Mapping[str, Any]) -> ClusterRows:
    """Return the rows of a server's response.

    Raises ValueError, KeyError, TypeError or AttributeError if it is not one.
    """
    rows = {key: _timed(data)[key] for key in ClusterRows.__annotations__}
    rows["settings"] = _complete(GenerationRow, data["settings"]) if data["settings"] else None
    rows["nodes"] = [
        {
            **_complete(NodeRow, each),
            "state": NodeState(each["state"]),
            "settings": SettingsState(each["settings"]),
        }
        for each in data["nodes"]
    ]
    rows["ended"] = [{**_complete(EndedNodeRow, each), "end": NodeEnd(each["end"])} for each in data["ended"]]
    return cast("ClusterRows", rows)


def _complete(kind: type, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _timed(fields)[key] for key in kind.__annotations__}


def _timed(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: datetime.fromisoformat(value) if key in _TIMES and isinstance(value, str) else value
        for key, value in fields.items()
    }
