"""Pages of Prometheus metrics: `name{label="value"}`; the labels listed in `name` make items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from py_pinger.core.model.page import ITEMS_READ
from py_pinger.core.reading.page_errors import ExpressionError, PageProblemError

# Lines of one metric that are read, and bytes of a line: longer ones are left out.
LINES_READ: Final = 10_000
LINE_LENGTH: Final = 4096

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


class MetricsDocument:
    """The text of a metrics page. Only lines of the requested metrics are parsed."""

    root: Final = LabelSet()

    def __init__(self, body: bytes) -> None:
        self._lines = body.decode("utf-8", "replace").splitlines()

    def items(self, metric: str, label_names: Sequence[str]) -> dict[str, LabelSet]:
        """Return the items that a metric's samples make, by their names: the values of these labels."""
        found: dict[str, LabelSet] = {}
        for labels, _ in self._samples(parse_selector(metric)):
            values = [(name, labels.get(name, "")) for name in label_names]
            if any(value for _, value in values):
                found.setdefault("/".join(value for _, value in values), LabelSet(tuple(values)))
            if len(found) >= ITEMS_READ:
                break
        return found

    def find(self, expression: str, item: object) -> object:
        """Return the values of the samples that a selector matches within an item."""
        selector = parse_selector(expression)
        wanted = (*selector.labels, *(item.labels if isinstance(item, LabelSet) else ()))
        samples = self._samples(selector)
        found = [value for labels, value in samples if all(labels.get(name) == text for name, text in wanted)]
        return (found[0] if len(found) == 1 else found) if found else None

    def _samples(self, selector: Selector) -> Iterator[tuple[dict[str, str], float]]:
        starts = re.compile(re.escape(selector.name) + r"[\s{]")
        read = 0
        for line in self._lines:
            if not starts.match(line) or len(line) > LINE_LENGTH:
                continue
            read += 1
            if read > LINES_READ:
                raise PageProblemError(f"the page has more than {LINES_READ:,} lines of {selector.name}")
            yield from _parse(line, selector.name)


def _parse(line: str, name: str) -> Iterator[tuple[dict[str, str], float]]:
    """Yield the sample of a line; a line that cannot be parsed must not hide the others."""
    try:
        for family in text_string_to_metric_families(f"{line}\n"):
            for sample in family.samples:
                if sample.name == name:
                    yield dict(sample.labels), float(sample.value)
    except (ValueError, TypeError, IndexError, KeyError):
        return
