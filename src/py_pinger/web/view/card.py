"""A task as the overview shows it: its row with its gauge and its last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import PastSpan
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import Row
from py_pinger.web.view.timeline import Stretch, believed, timeline

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Card:
    """What a row of the overview is drawn from; `up` is the share of the last day, None if unknown."""

    row: Row
    gauge: Gauge
    day: tuple[Stretch, ...]
    up: float | None


def cards(rows: Sequence[Row], spans: Mapping[str, Sequence[PastSpan]], now: datetime) -> dict[str, Card]:
    """Return the cards of the rows by their URL."""
    return {row["url"]: _card(row, spans.get(row["url"], ()), now) for row in rows}


def _card(row: Row, spans: Sequence[PastSpan], now: datetime) -> Card:
    seen, since = believed(spans, row, now), now - DAY
    return Card(row, gauge(row, now), timeline(seen, since, now), uptime(seen, since, now))
