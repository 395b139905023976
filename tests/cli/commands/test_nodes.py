"""`pinger nodes`."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from tests.support.cluster_statuses import NODES, cluster_status, running
from tests.support.pinger_command import pinger, write

from py_pinger.cli.cluster import node_listing
from py_pinger.cli.tasks.server_client import ServerClient
from py_pinger.core.model.cluster import Sight
from py_pinger.store import Store
from py_pinger.web import WebServer
from py_pinger.web.view.cluster_rows import cluster_rows

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

Serve = Callable[..., WebServer]

TABLE = """\
Node c was lost at 09:47 UTC and is not back.
2 tasks without an owner.
NODE  STATE    TASKS  CHANNELS  ALSO                  LEASE            CLOCK   SETTINGS  RUNNING  VERSION
a     ok       1,500  slack     heartbeat, retention  renewed 2 s ago  +12 ms  in force  3 h      1.0
b     ok       498    sentry    notices               renewed 2 s ago  +0 ms   differ    3 h      1.0
c     cut off  0      -         -                     renewed 2 s ago  +0 ms   in force  3 h      1.0
Settings in force: generation 5, by node a at 2026-11-22 08:07:12 UTC, 2 h ago.
Node c was declared lost at 2026-11-22 09:47:12 UTC by node a.
Node b was replaced at 2026-11-22 07:07:12 UTC.
Node c stopped at 2026-11-21 13:07:12 UTC.
"""


def test_the_nodes_of_a_server(folder: Path, serve: Serve) -> None:
    """A table with what each node owns; the exit code is 1 since one is cut off."""
    server = serve(cluster=cluster_status(*NODES, running("d", 3, sight=Sight.BLIND)))
    write(folder / "pinger.ini", f"host=127.0.0.1\nport={server.port}")
    result = pinger("nodes")
    assert (result.exit_code, result.stderr) == (1, "")
    said, table = result.stdout.split("\n", 1)
    at = "2026-11-22 10:07:12 UTC"
    assert said == f"1 of 3 nodes needs attention. From http://127.0.0.1:{server.port}/ at {at}."
    assert table == re.sub("^c     cut", "d     cut", TABLE, flags=re.MULTILINE)


def test_json(serve: Serve) -> None:
    """Programs get the rows of the API, and where they are from; 0 if all is well."""
    status = cluster_status(ended=(), unowned=0)
    url = serve(cluster=status).url
    result = pinger("nodes", "--json", "--url", url)
    found = orjson.loads(result.stdout)
    assert (result.exit_code, found["source"], found["place"]) == (0, "server", f"{url}/")
    assert found["data"] == orjson.loads(
        orjson.dumps(cluster_rows(status), option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)
    )


def test_a_node_that_cannot_read_the_database(serve: Serve) -> None:
    """What the node knows is shown, with since when it is old."""
    status = replace(cluster_status(unreadable=True, ended=()), view=cluster_status(NODES[1]).view)
    bare = replace(status, view=replace(status.view, generation=None), tasks={})
    lines = pinger("nodes", "--url", serve(cluster=bare).url).stdout.splitlines()
    assert lines[0].startswith("Node a cannot read the database. From ")
    assert lines[1] == "Node a cannot read the database since 2026-11-22 10:03:12 UTC; this is as of then."
    assert len(lines) == 4


def test_a_server_that_is_not_a_node(serve: Serve) -> None:
    """Where there is no cluster a sentence says what to do to have one."""
    url = serve().url
    result = pinger("nodes", "--url", url)
    why = f"the server at {url}/ is not a node of a cluster; {node_listing.NO_CLUSTER}"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Cannot read the nodes: {why}.\n")


def test_a_server_that_needs_a_password(serve: Serve) -> None:
    """A server that is locked and no database: the sentence names the first."""
    url = serve(cluster=cluster_status(), password="s3cret").url
    result = pinger("nodes", "--url", url)
    assert result.stderr == f"Cannot read the nodes: the server at {url}/ requires a password.\n"


@pytest.mark.parametrize("change", [{"nodes": [{}]}, {"nodes": None}, {"settings": 7}])
def test_a_strange_server(change: dict[str, object], serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that does not describe a cluster is a sentence, not a traceback."""
    url = serve(cluster=cluster_status()).url
    body = orjson.loads(pinger("nodes", "--json", "--url", url).stdout)
    strange = orjson.dumps({"data": body["data"] | change})
    monkeypatch.setattr(ServerClient, "fetch", lambda *_: strange)
    result = pinger("nodes", "--url", url)
    assert result.stderr == f"Cannot read the nodes: {url}/ is not a Py Pinger server.\n"


def test_a_database_without_nodes(folder: Path) -> None:
    """Without a server the database is read; one of a single process has no nodes."""
    write(folder / "pinger.ini", "host=127.0.0.1\nport=0")
    result = pinger("nodes")
    assert result.exit_code == 1
    assert result.stderr.startswith("Cannot read the nodes: the server's port is unknown (port=0 in [main]);")
    with closing(Store.open(f"sqlite:///{folder / 'pinger.db'}")):
        why = f"no nodes have used the database {folder / 'pinger.db'}; {node_listing.NO_CLUSTER}"
        assert pinger("nodes").stderr == f"Cannot read the nodes: {why}.\n"


def test_where_the_nodes_are_from() -> None:
    """A listing names its source, and why it is not the server."""
    rows = cluster_rows(cluster_status())
    listing = node_listing.NodeListing("database", "postgresql://db/pinger", rows, "connection refused")
    at = "2026-11-22 10:07:12 UTC"
    assert listing.description() == f"From the database postgresql://db/pinger at {at}; connection refused."
