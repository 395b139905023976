"""Families of metrics, and the text that Prometheus reads.

The library takes ten times as long for the more than a hundred thousand lines of ten thousand tasks, and the
check loop waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from prometheus_client.core import Metric

from py_pinger.core.model.health import HistogramSnapshot

PLAIN_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})
_SECONDS = "seconds"
# What the plain format appends to the name of a family and its lines, and OpenMetrics to its lines alone.
_SUFFIXES = {"counter": "_total", "info": "_info"}

Kind = Literal["counter", "gauge", "histogram", "info"]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its lines.

    `name` is without the `_total` of counters and the `_info` of infos.
    """

    name: str
    kind: Kind
    help: str
    lines: str

    def heading(self, *, open_metrics: bool) -> str:
        """Return the comment lines before the samples."""
        if open_metrics:
            unit = f"# UNIT {self.name} {_SECONDS}\n" if self.name.endswith(f"_{_SECONDS}") else ""
            name, kind = self.name, self.kind
        else:
            name, unit = self.name + _SUFFIXES.get(self.kind, ""), ""
            kind = "gauge" if self.kind == "info" else self.kind
        return f"# HELP {name} {self.help.translate(_HELP_ESCAPES)}\n# TYPE {name} {kind}\n{unit}"


def render(families: Iterable[Family], *, open_metrics: bool) -> bytes:
    """Return the families as text, in the plain format or as OpenMetrics."""
    texts = (text for each in families for text in (each.heading(open_metrics=open_metrics), each.lines))
    # One family after the other: the lines of all tasks would be in memory twice.
    parts = [text.encode("utf-8", "replace") for text in texts]
    return b"".join([*parts, b"# EOF\n" if open_metrics else b""])


def escape(text: str | None) -> str:
    """Return text as it stands between the quotes of a label."""
    if not text:
        return ""
    # Few texts have any of these, and to translate takes 30 times as long.
    return text.translate(_ESCAPES) if "\\" in text or "\n" in text or '"' in text else text


def line(name: str, number: float, labels: Labels | None = None) -> str:
    """Return the line of one sample."""
    pairs = ",".join(f'{label}="{escape(value)}"' for label, value in (labels or {}).items())
    return f"{name}{{{pairs}}} {float(number)!r}\n" if pairs else f"{name} {float(number)!r}\n"


def gauge(name: str, about: str, number: float) -> Family:
    """Return a gauge without labels."""
    return Family(name, "gauge", about, line(name, number))


def gauges(name: str, about: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    """Return a gauge with a line for each set of labels."""
    return Family(name, "gauge", about, "".join(line(name, number, labels) for labels, number in samples))


def counter(name: str, about: str, number: float) -> Family:
    """Return a counter without labels."""
    return counters(name, about, [({}, number)])


def counters(name: str, about: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    """Return a counter with a line for each set of labels."""
    lines = "".join(line(f"{name}_total", number, labels) for labels, number in samples)
    return Family(name, "counter", about, lines)


def info(name: str, about: str, labels: Labels) -> Family:
    """Return an info, which has no other value than its labels."""
    return Family(name, "info", about, line(f"{name}_info", 1, labels))


def histogram(name: str, about: str, snapshot: HistogramSnapshot) -> Family:
    """Return a histogram of durations."""
    counts = list(accumulate(snapshot.counts))
    bounds = (*(f"{bound:g}" for bound in snapshot.bounds), "+Inf")
    buckets = [
        line(f"{name}_bucket", count, {"le": bound}) for bound, count in zip(bounds, counts, strict=True)
    ]
    total = [line(f"{name}_count", counts[-1]), line(f"{name}_sum", snapshot.total)]
    return Family(name, "histogram", about, "".join([*buckets, *total]))


def from_library(metrics: Iterable[Metric]) -> Sequence[Family]:
    """Return the families of a collector of the library, which has counters and gauges alone."""
    return [
        Family(
            metric.name,
            "counter" if metric.type == "counter" else "gauge",
            metric.documentation,
            "".join(line(each.name, each.value, each.labels) for each in metric.samples),
        )
        for metric in metrics
    ]
