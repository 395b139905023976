"""The places of a page of Prometheus metrics: the metrics whose values are moments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from py_pinger.core.model.page import PageKind
from py_pinger.core.places.place import PlaceCollector
from py_pinger.core.reading.documents.metrics_document import LINE_LENGTH

_SAMPLE = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\s*\{.*\})?\s+([+-]?[0-9.eE+-]+|[+-]?Inf|NaN)(?:\s+\d+(\.\d+)?)?(\s+#.*)?"
)

_COMMENT = re.compile(r"^# (?:HELP|TYPE) ", re.MULTILINE)

# What the names of other values end with.
_OTHERS: Final = ("_bytes", "_total", "_count", "_sum", "_bucket")

# Labels that change although what they belong to is the same.
_CHANGING: Final = frozenset({"uid", "pod", "instance", "container_id", "run_id", "build", "version"})


def is_metrics(body: bytes) -> bool:
    """Return True if a page consists of metrics."""
    text = body.decode("utf-8", "replace")
    lines = islice((line for line in text.splitlines() if line.strip() and not line.startswith("#")), 20)
    found = [bool(_SAMPLE.fullmatch(line.strip()[:LINE_LENGTH])) for line in lines]
    return any(found) and (all(found) or bool(_COMMENT.search(text)))


def collect_metrics(body: bytes, collector: PlaceCollector, most: int) -> bool:
    """Collect the values of the metrics; return False if the page has more than `most` lines."""
    lines = body.decode("utf-8", "replace").splitlines()
    for line in lines[:most]:
        found = _SAMPLE.fullmatch(line.strip()) if len(line) <= LINE_LENGTH else None
        if found and not found[1].endswith(_OTHERS):
            try:
                collector.add(PageKind.METRICS, found[1], float(found[2]))
            except ValueError:
                continue
    return len(lines) <= most


def item_labels(body: bytes, metric: str, most: int) -> tuple[str, ...]:
    """Return the labels that distinguish the samples of a metric; none if it has one sample only."""
    starts = re.compile(re.escape(metric) + r"[\s{]")
    lines = (line for line in body.decode("utf-8", "replace").splitlines() if starts.match(line))
    samples = [labels for line in islice(lines, most) for labels in _labels(line, metric)]
    if len(samples) < 2:  # noqa: PLR2004 - one sample has nothing to be distinguished from
        return ()
    names = dict.fromkeys(name for labels in samples for name in labels)
    varying = [name for name in names if len({labels.get(name) for labels in samples}) > 1]
    lasting = [name for name in varying if name not in _CHANGING]
    return tuple(lasting if _distinguish(lasting, samples) else varying)


def _distinguish(names: Sequence[str], samples: Sequence[Mapping[str, str]]) -> bool:
    return len({tuple(labels.get(name) for name in names) for labels in samples}) == len(samples)


def _labels(line: str, metric: str) -> list[dict[str, str]]:
    try:
        families = list(text_string_to_metric_families(f"{line}\n")) if len(line) <= LINE_LENGTH else []
    except (ValueError, TypeError, IndexError, KeyError):
        return []
    return [dict(each.labels) for family in families for each in family.samples if each.name == metric]
