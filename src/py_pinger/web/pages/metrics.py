"""Metrics for Prometheus: `/metrics`."""

from __future__ import annotations

import gzip
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from py_pinger.web.pages.context import PageContext

if TYPE_CHECKING:
    from py_pinger.web.metrics.exposition import Exposition

# The fastest level makes these texts twenty times smaller; higher ones take longer than they save.
_LEVEL = 1


class MetricsPage:
    """The route of the metrics.

    Above `limit` tasks there are none for each task, None being no limit.
    """

    def __init__(self, context: PageContext, limit: int | None) -> None:
        self._context = context
        self._limit = limit

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/metrics", "metrics", self.metrics)

    def metrics(self) -> Response:
        """Return all metrics, in the format that the client prefers."""
        content_type, text = self._exposition.text(
            self._context.clock(), open_metrics=_prefers_open_metrics()
        )
        response = Response(content_type=content_type)
        response.vary.update(("Accept", "Accept-Encoding"))
        if request.accept_encodings["gzip"]:
            text = gzip.compress(text, _LEVEL)
            response.content_encoding = "gzip"
        response.set_data(text)
        return response

    @cached_property
    def _exposition(self) -> Exposition:
        # Loading the library takes a tenth of the start; without a Prometheus it is never needed.
        from py_pinger.web.metrics.exposition import Exposition  # noqa: PLC0415

        return Exposition(self._context.data, self._limit)


def _prefers_open_metrics() -> bool:
    """Return True if OpenMetrics is preferred, in any version; the plain format wins a tie."""
    wanted = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for media_type, quality in request.accept_mimetypes:
        name = media_type.partition(";")[0].strip()
        wanted[name] = max(quality, wanted.get(name, 0.0))
    return wanted["application/openmetrics-text"] > wanted["text/plain"]
