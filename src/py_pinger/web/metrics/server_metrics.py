"""The metrics of Py Pinger itself, as the library takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from py_pinger import __version__
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.health import HistogramSnapshot, Metrics, ReloadMetrics
from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.notification import DeliveryState
from py_pinger.web.view.data import DataSource

# What a check can come to; each is there from the start, so that the first of its kind is seen as a rise.
_VERDICTS = (
    (Status.OK, None),
    (Status.SLEEPING, None),
    (Status.UNKNOWN, None),
    *((Status.ERROR, cause) for cause in Cause),
)
_ENDS = (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP, DeliveryState.EXPIRED)


class ServerMetrics(Collector):
    """Asks the board anew each time."""

    def __init__(self, board: DataSource) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """Yield all that Py Pinger counts of itself."""
        yield InfoMetricFamily("py_pinger_build", "Which Py Pinger this is.", {"version": __version__})
        metrics = self._board.metrics()
        yield from _loop(metrics)
        yield from _checks(metrics)
        yield from _store(metrics)
        yield from _reloads(metrics.reloads)
        yield from _channels(metrics)
        yield from _outbox(self._board.outbox())


def _loop(metrics: Metrics) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "py_pinger_checking", "1 while checks begin and end, 0 while they do not.", metrics.checking
    )
    yield GaugeMetricFamily(
        "py_pinger_problems", "What /healthz complains of just now; 0 when all is well.", metrics.problems
    )
    yield GaugeMetricFamily(
        "py_pinger_loop_standstill_seconds",
        "For how long the loop stood still at worst in the last minute.",
        metrics.standstill,
        unit="seconds",
    )


def _checks(metrics: Metrics) -> Iterator[Metric]:
    checks = CounterMetricFamily(
        "py_pinger_checks",
        "Checks since the start by the status that they found, and by the cause of an error.",
        labels=("status", "cause"),
    )
    for status, cause in _VERDICTS:
        checks.add_metric((status, cause or ""), metrics.checks.get((status, cause), 0))
    yield checks
    yield GaugeMetricFamily("py_pinger_checks_under_way", "Checks begun and not ended.", metrics.under_way)
    yield _histogram("py_pinger_check_duration_seconds", "How long checks took.", metrics.durations)
    yield _histogram(
        "py_pinger_check_lateness_seconds", "How much later than due checks began.", metrics.lateness
    )


def _store(metrics: Metrics) -> Iterator[Metric]:
    yield _histogram(
        "py_pinger_store_write_duration_seconds",
        "How long the store took to take a batch of what checks led to.",
        metrics.writes,
    )
    yield CounterMetricFamily(
        "py_pinger_store_write_failures", "Batches that the store did not take.", metrics.failed_writes
    )
    yield GaugeMetricFamily(
        "py_pinger_store_unwritten", "Results of checks that the store has yet to take.", metrics.unwritten
    )


def _reloads(reloads: ReloadMetrics) -> Iterator[Metric]:
    counted = CounterMetricFamily(
        "py_pinger_configuration_reloads",
        "Times that the configuration was read again since the start, by what became of it.",
        labels=("outcome",),
    )
    counted.add_metric(("taken",), reloads.taken)
    counted.add_metric(("refused",), reloads.refused)
    yield counted
    yield GaugeMetricFamily(
        "py_pinger_configuration_in_force",
        "1 while the configuration as last read is in use, 0 while it was refused and the one before is.",
        reloads.in_force,
    )
    yield GaugeMetricFamily(
        "py_pinger_configuration_last_taken_timestamp_seconds",
        "When the configuration was last taken by a reload, in seconds since 1970; 0 before the first.",
        reloads.last_taken.timestamp() if reloads.last_taken else 0.0,
        unit="seconds",
    )


def _channels(metrics: Metrics) -> Iterator[Metric]:
    messages = CounterMetricFamily(
        "py_pinger_messages",
        "Tries to send a message since the start, by whether the channel's server took it.",
        labels=("channel", "outcome"),
    )
    deliveries = CounterMetricFamily(
        "py_pinger_deliveries",
        "Notices for a channel since the start, by what became of them.",
        labels=("channel", "outcome"),
    )
    for channel in metrics.channels:
        messages.add_metric((channel.name, "taken"), channel.sent)
        messages.add_metric((channel.name, "refused"), channel.failed)
        for end in _ENDS:
            deliveries.add_metric((channel.name, end), channel.completed.get(end, 0))
    yield messages
    yield deliveries


def _outbox(records: Sequence[ChannelRecord]) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "py_pinger_outbox_deliveries", "Notices that wait for a channel.", labels=("channel",)
    )
    oldest = GaugeMetricFamily(
        "py_pinger_outbox_oldest_timestamp_seconds",
        "When the oldest of what waits for a channel came up, in seconds since 1970; only while it waits.",
        labels=("channel",),
        unit="seconds",
    )
    for record in records:
        waiting.add_metric((record.name,), record.waiting)
        if record.oldest_waiting is not None:
            oldest.add_metric((record.name,), record.oldest_waiting.timestamp())
    yield waiting
    yield oldest


def _histogram(name: str, about: str, spread: HistogramSnapshot) -> HistogramMetricFamily:
    bounds = (*(f"{bound:g}" for bound in spread.bounds), "+Inf")
    buckets = list(zip(bounds, map(float, accumulate(spread.counts)), strict=True))
    return HistogramMetricFamily(name, about, buckets, spread.total, unit="seconds")
