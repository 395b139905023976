"""Metrics for Prometheus: `/metrics`."""

from __future__ import annotations

import gzip
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from py_pinger.web.pages.context import PageContext

if TYPE_CHECKING:
    from py_pinger.web.metrics.exposition import Exposition

# The fastest that zlib does makes these texts twenty times shorter; more takes longer than it spares.
_LEVEL = 1


class MetricsPage:
    """The route of the metrics; of more than `limit` tasks those of each are left out, with None never."""

    def __init__(self, site: PageContext, limit: int | None) -> None:
        self._site = site
        self._limit = limit

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/metrics", "metrics", self.metrics)

    def metrics(self) -> Response:
        """Answer with all metrics, in the notation that is asked for."""
        kind, text = self._exposition.text(self._site.clock(), open_metrics=_prefers_open_metrics())
        response = Response(content_type=kind)
        response.vary.update(("Accept", "Accept-Encoding"))
        if request.accept_encodings["gzip"]:
            text = gzip.compress(text, _LEVEL)
            response.content_encoding = "gzip"
        response.set_data(text)
        return response

    @cached_property
    def _exposition(self) -> Exposition:
        # The library takes a tenth of a start to load, and where no Prometheus is nobody asks.
        from py_pinger.web.metrics.exposition import Exposition  # noqa: PLC0415

        return Exposition(self._site.board, self._limit)


def _prefers_open_metrics() -> bool:
    """Tell which notation is wanted, whatever its version; who takes anything gets the plain one."""
    wanted = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for kind, quality in request.accept_mimetypes:
        name = kind.partition(";")[0].strip()
        wanted[name] = max(quality, wanted.get(name, 0.0))
    return wanted["application/openmetrics-text"] > wanted["text/plain"]
