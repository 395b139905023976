"""The metrics of Py Pinger itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from py_pinger import __version__
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.health import ChannelMetrics, Metrics, ReloadMetrics
from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.notification import DeliveryState
from py_pinger.web.metrics.cluster_metrics import is_sent_here
from py_pinger.web.metrics.families import Family, counter, counters, gauge, gauges, histogram, info
from py_pinger.web.view.data import DataSource

# All verdicts of a check; each is present from the start, so that the first of its kind is an increase.
_VERDICTS = (
    (Status.OK, None),
    (Status.SLEEPING, None),
    (Status.UNKNOWN, None),
    *((Status.ERROR, cause) for cause in Cause),
)
_ENDS = (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP, DeliveryState.EXPIRED)


def server_families(data: DataSource) -> Iterator[Family]:
    """Yield the metrics of the loop, the database, reloads and channels."""
    yield info("py_pinger_build", "Version of Py Pinger.", {"version": __version__})
    metrics = data.monitor.metrics()
    yield from _loop(metrics)
    yield from _checks(metrics)
    yield from _store(metrics)
    yield from _reloads(metrics.reloads)
    yield from _channels(metrics.channels)
    yield from _worker_errors(metrics.worker_errors)
    cluster = data.cluster()
    records = () if cluster and cluster.unreadable_since else data.channels_if_readable()
    yield from _queues([record for record in records if is_sent_here(record.name, cluster)])


def _loop(metrics: Metrics) -> Iterator[Family]:
    yield gauge("py_pinger_checking", "Whether checks start and complete.", metrics.checking)
    yield gauge("py_pinger_problems", "Number of problems that /healthz reports.", metrics.problems)
    yield gauge(
        "py_pinger_loop_standstill_seconds",
        "Longest time that the check loop was blocked in the last minute.",
        metrics.standstill,
    )


def _checks(metrics: Metrics) -> Iterator[Family]:
    yield counters(
        "py_pinger_checks",
        "Total number of checks by status and, for errors, cause.",
        [
            ({"status": status, "cause": cause or ""}, metrics.checks.get((status, cause), 0))
            for status, cause in _VERDICTS
        ],
    )
    yield gauge("py_pinger_checks_under_way", "Number of checks in progress.", metrics.under_way)
    yield histogram("py_pinger_check_duration_seconds", "Time spent on checks.", metrics.durations)
    yield histogram(
        "py_pinger_check_lateness_seconds", "Delay between due time and start of checks.", metrics.lateness
    )


def _store(metrics: Metrics) -> Iterator[Family]:
    yield histogram(
        "py_pinger_store_write_duration_seconds", "Time spent on writing batches of results.", metrics.writes
    )
    yield counter(
        "py_pinger_store_write_failures", "Total number of failed database writes.", metrics.failed_writes
    )
    yield gauge("py_pinger_store_unwritten", "Number of results that are not written yet.", metrics.unwritten)


def _reloads(reloads: ReloadMetrics) -> Iterator[Family]:
    yield counters(
        "py_pinger_configuration_reloads",
        "Configuration reloads by outcome.",
        [({"outcome": "taken"}, reloads.applied), ({"outcome": "refused"}, reloads.rejected)],
    )
    yield gauge(
        "py_pinger_configuration_in_force",
        "Whether the last configuration reload succeeded.",
        reloads.in_force,
    )
    yield gauge(
        "py_pinger_configuration_last_taken_timestamp_seconds",
        "Time of the last successful configuration reload, as a Unix timestamp; 0 before the first.",
        reloads.last_applied.timestamp() if reloads.last_applied else 0.0,
    )


def _channels(channels: Sequence[ChannelMetrics]) -> Iterator[Family]:
    yield counters(
        "py_pinger_messages",
        "Total number of attempts to send a message, by channel and outcome.",
        [
            ({"channel": channel.name, "outcome": outcome}, number)
            for channel in channels
            for outcome, number in (("taken", channel.sent), ("refused", channel.failed))
        ],
    )
    yield counters(
        "py_pinger_deliveries",
        "Total number of deliveries by channel and outcome.",
        [
            ({"channel": channel.name, "outcome": end}, channel.completed.get(end, 0))
            for channel in channels
            for end in _ENDS
        ],
    )


def _worker_errors(errors: Mapping[str, int]) -> Iterator[Family]:
    yield counters(
        "py_pinger_worker_errors",
        "Total number of internal errors in the worker of a channel, of its check-ins, or in a loop.",
        [({"worker": name}, number) for name, number in errors.items()],
    )


def _queues(records: Sequence[ChannelRecord]) -> Iterator[Family]:
    yield gauges(
        "py_pinger_outbox_deliveries",
        "Number of waiting deliveries.",
        [({"channel": record.name}, record.waiting) for record in records],
    )
    yield gauges(
        "py_pinger_outbox_oldest_timestamp_seconds",
        "Creation time of the oldest waiting delivery, as a Unix timestamp.",
        [
            ({"channel": record.name}, record.oldest_waiting.timestamp())
            for record in records
            if record.oldest_waiting is not None
        ],
    )
