"""Pages of Prometheus metrics: `name{label="value"}`; the labels listed in `name` make items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.page import ITEMS_READ
from py_pinger.core.reading.documents.page_errors import ExpressionError, PageProblemError
from py_pinger.core.reading.documents.page_text import lines_of

# Lines of one metric that are read, and bytes of a line: longer ones are left out.
LINES_READ: Final = 10_000
LINE_LENGTH: Final = 4096

# Selectors kept parsed: a page has seven at most, and many tasks share one page.
_COMPILED: Final = 1024

_METRIC = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?P<labels>.*)\})?")
_LABEL = re.compile(r'\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPED = re.compile(r'\\([\\n"])')
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name, and the labels that its samples must have."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The samples whose labels have these values."""

    labels: tuple[tuple[str, str], ...] = ()


@lru_cache(_COMPILED)
def parse_selector(text: str) -> Selector:
    """Read `name` or `name{label="value"}`. Raises ExpressionError with the remedy."""
    found = _METRIC.fullmatch(text.strip())
    if not found:
        raise ExpressionError(f'{text!r} is not a metric; write it like name or name{{label="value"}}')
    labels, rest, at = [], found["labels"] or "", 0
    while at < len(rest.rstrip()):
        label = _LABEL.match(rest, at)
        if not label:
            raise ExpressionError(f'{text!r} has labels that cannot be read; write {{label="value"}}')
        labels.append((label["name"], _unescaped(label["value"])))
        at = label.end()
    return Selector(found["name"], tuple(labels))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def parse_label_names(text: str) -> tuple[str, ...]:
    """Read a list of label names: `namespace, cronjob`. Raises ExpressionError with the remedy."""
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if not _LABEL_NAME.fullmatch(name):
            raise ExpressionError(f"{name!r} is not the name of a label; write it like namespace, cronjob")
    return names


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """A line of a metric."""

    labels: Mapping[str, str]
    value: float
    line: str


class MetricsDocument:
    """The text of a metrics page. Only lines of the requested metrics are parsed, once."""

    root: Final = LabelSet()

    def __init__(self, body: bytes) -> None:
        self._lines = lines_of(body)
        self._metrics: dict[str, list[_Sample]] = {}
        # By the metric and the names of labels: the samples by the values of these labels.
        self._indexes: dict[tuple[str, ...], dict[tuple[str, ...], list[_Sample]]] = {}

    def items(self, metric: str, label_names: Sequence[str]) -> dict[str, LabelSet]:
        """Return the items that a metric's samples make, by their names: the values of these labels."""
        selector = parse_selector(metric)
        found: dict[str, LabelSet] = {}
        for sample in self._samples(selector.name):
            values = [(name, sample.labels.get(name, "")) for name in label_names]
            if any(value for _, value in values) and _has(sample, selector.labels):
                found.setdefault("/".join(value for _, value in values), LabelSet(tuple(values)))
            if len(found) >= ITEMS_READ:
                break
        return found

    def find(self, expression: str, item: object) -> object:
        """Return the values of the samples that a selector matches within an item."""
        selector = parse_selector(expression)
        samples = self._samples_of(selector.name, item) if isinstance(item, LabelSet) else ()
        found = [sample.value for sample in samples if _has(sample, selector.labels)]
        return (found[0] if len(found) == 1 else found) if found else None

    def lines(self, items: Iterable[object]) -> list[str]:
        """Return the lines about some items, of the metrics that have been requested."""
        sets = [item for item in items if isinstance(item, LabelSet)]
        found = ((name, item) for item in sets for name in self._metrics)
        return [sample.line for name, item in found for sample in self._samples_of(name, item)]

    def _samples_of(self, metric: str, item: LabelSet) -> Sequence[_Sample]:
        """Return the samples of a metric with the labels of an item; a label that is missing is empty."""
        names = tuple(name for name, _ in item.labels)
        index = self._indexes.get((metric, *names))
        if index is None:
            index = self._indexes[metric, *names] = {}
            for sample in self._samples(metric):
                index.setdefault(tuple(sample.labels.get(name, "") for name in names), []).append(sample)
        return index.get(tuple(value for _, value in item.labels), ())

    def _samples(self, metric: str) -> list[_Sample]:
        if metric not in self._metrics:
            self._metrics[metric] = _parse(self._lines_of(metric), metric)
        return self._metrics[metric]

    def _lines_of(self, metric: str) -> list[str]:
        starts = re.compile(re.escape(metric) + r"[\s{]").match
        lines = [line for line in self._lines if starts(line) and len(line) <= LINE_LENGTH]
        if len(lines) > LINES_READ:
            raise PageProblemError(
                f"the page has more than {LINES_READ:,} lines of {metric}", FaultCode.PAGE_LIMIT
            )
        return lines


def _has(sample: _Sample, wanted: Sequence[tuple[str, str]]) -> bool:
    return all(sample.labels.get(name, "") == text for name, text in wanted)


def _parse(lines: Sequence[str], metric: str) -> list[_Sample]:
    """Return the samples of lines; a line that cannot be parsed must not hide the others."""
    together = _parse_text("\n".join((*lines, "")), metric)
    if together is not None and len(together) == len(lines):
        return [_Sample(*parsed, line) for parsed, line in zip(together, lines, strict=True)]
    each = ((_parse_text(f"{line}\n", metric) or (), line) for line in lines)
    return [_Sample(*parsed, line) for samples, line in each for parsed in samples]


def _parse_text(text: str, metric: str) -> list[tuple[Mapping[str, str], float]] | None:
    """Return the labels and the value of each sample of a metric; None if a line cannot be parsed."""
    try:
        families = text_string_to_metric_families(text)
        samples = (sample for family in families for sample in family.samples if sample.name == metric)
        return [(sample.labels, float(sample.value)) for sample in samples]
    except (ValueError, TypeError, IndexError, KeyError):
        return None
