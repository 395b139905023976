"""The nodes of the cluster: `/nodes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    not_modified,
    tag_of,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.context import PageContext
from py_pinger.web.tasks.summary import overall
from py_pinger.web.view.cluster_rows import (
    STATE_TEXTS,
    ClusterRows,
    cluster_findings,
    cluster_headline,
    cluster_rows,
)

NOT_A_NODE: Final = (
    "This Py Pinger is not a node of a cluster; set node in [main] of pinger.ini to run several nodes"
    " with one PostgreSQL database."
)

STARTING: Final = "This node has not read the cluster yet."

# Seconds for which a page is the same: it shows how old each lease is.
_STEP: Final = 5


@dataclass(frozen=True)
class NodesPage:
    """The route of the nodes; 404 where this process is not a `node`."""

    context: PageContext
    node: str | None

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/nodes", "nodes", self.nodes)

    def nodes(self) -> Response:
        """Return the nodes that run, what each owns, and those that ended within the last day."""
        if self.node is None:
            raise NotFound(NOT_A_NODE)
        status = self.context.data.cluster()
        if status is None:
            raise ServiceUnavailable(STARTING)
        rows, now = cluster_rows(status), self.context.clock()
        if not wants_html(request.args.get("format")):
            return as_json({"data": rows})
        tag = tag_of(self.context.tag(now), now.second // _STEP, "html")
        if client_has(tag):
            return not_modified(tag)
        return with_tag(as_html(self._html(rows, now)), tag)

    def _html(self, rows: ClusterRows, now: datetime) -> str:
        headline, style = cluster_headline(rows, now)
        return self.context.page(
            "nodes.html",
            now,
            overall(self.context.current.shown(now).counts()),
            headline=headline,
            style=style,
            findings=cluster_findings(rows, now),
            state_texts=STATE_TEXTS,
            **rows,
        )
