"""The metrics of Py Pinger itself."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from tests.support.fake_data_source import FakeDataSource

from py_pinger import __version__
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.health import ChannelMetrics, HistogramSnapshot, Metrics, ReloadMetrics
from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.notification import DeliveryState
from py_pinger.web.metrics.families import render
from py_pinger.web.metrics.server_metrics import server_families

AT = datetime(1970, 1, 1, 0, 15, tzinfo=UTC)
CAUSES = ("unreachable", "http", "invalid", "failed", "clock", "late")


def samples(data: FakeDataSource) -> dict[str, list[tuple[tuple[str, ...], float]]]:
    """Return the samples by their names, each with the values of its labels."""
    found: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    text = render(server_families(data), open_metrics=False).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((tuple(sample.labels.values()), sample.value))
    return found


def test_before_anything_was_counted() -> None:
    """Each verdict that a check can come to is there from the start, at zero."""
    checks = samples(FakeDataSource())["py_pinger_checks_total"]
    kinds = [("ok", ""), ("sleeping", ""), ("unknown", ""), *(("error", cause) for cause in CAUSES)]
    assert checks == [(kind, 0.0) for kind in kinds]


def test_what_was_counted() -> None:
    """All that was counted is told, lengths of time as histograms and moments in seconds since 1970."""
    counted = Metrics(
        checks={(Status.OK, None): 5, (Status.ERROR, Cause.LATE): 2},
        durations=HistogramSnapshot((0.5, 2.0), (3, 1, 1), 6.5),
        lateness=HistogramSnapshot((0.5,), (1, 0), 0.25),
        under_way=4,
        standstill=0.75,
        checking=False,
        problems=2,
        writes=HistogramSnapshot((0.5,), (0, 1), 3.5),
        failed_writes=1,
        unwritten=9,
        reloads=ReloadMetrics(applied=4, rejected=1, last_applied=AT, in_force=False),
        channels=(ChannelMetrics("slack", 8, 2, {DeliveryState.DELIVERED: 11, DeliveryState.GIVEN_UP: 1}),),
    )
    waiting = ChannelRecord("slack", 3, AT, 0, 0, None), ChannelRecord("log", 0, None, 0, 0, None)
    found = samples(FakeDataSource(metrics_value=counted, records=waiting))
    checks = [labels for labels, number in found.pop("py_pinger_checks_total") if number]
    assert checks == [("ok", ""), ("error", "late")]
    assert found == {
        "py_pinger_build_info": [((__version__,), 1)],
        "py_pinger_checking": [((), 0)],
        "py_pinger_problems": [((), 2)],
        "py_pinger_loop_standstill_seconds": [((), 0.75)],
        "py_pinger_checks_under_way": [((), 4)],
        "py_pinger_check_duration_seconds_bucket": [(("0.5",), 3), (("2",), 4), (("+Inf",), 5)],
        "py_pinger_check_duration_seconds_sum": [((), 6.5)],
        "py_pinger_check_duration_seconds_count": [((), 5)],
        "py_pinger_check_lateness_seconds_bucket": [(("0.5",), 1), (("+Inf",), 1)],
        "py_pinger_check_lateness_seconds_sum": [((), 0.25)],
        "py_pinger_check_lateness_seconds_count": [((), 1)],
        "py_pinger_store_write_duration_seconds_bucket": [(("0.5",), 0), (("+Inf",), 1)],
        "py_pinger_store_write_duration_seconds_sum": [((), 3.5)],
        "py_pinger_store_write_duration_seconds_count": [((), 1)],
        "py_pinger_store_write_failures_total": [((), 1)],
        "py_pinger_store_unwritten": [((), 9)],
        "py_pinger_configuration_reloads_total": [(("taken",), 4), (("refused",), 1)],
        "py_pinger_configuration_in_force": [((), 0)],
        "py_pinger_configuration_last_taken_timestamp_seconds": [((), 900)],
        "py_pinger_messages_total": [(("slack", "taken"), 8), (("slack", "refused"), 2)],
        "py_pinger_deliveries_total": [
            (("slack", "delivered"), 11),
            (("slack", "given_up"), 1),
            (("slack", "expired"), 0),
        ],
        "py_pinger_outbox_deliveries": [(("slack",), 3), (("log",), 0)],
        "py_pinger_outbox_oldest_timestamp_seconds": [(("slack",), 900)],
    }
