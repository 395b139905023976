"""Pages of plain text: a pattern with one `*` that stands for the value, between two texts within a line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from py_pinger.core.model.page import VALUES_READ
from py_pinger.core.reading.documents.page_errors import ExpressionError
from py_pinger.core.reading.documents.page_text import lines_of

# Characters of a value: a longer one is cut.
_VALUE_LENGTH: Final = 4096


def parse_pattern(text: str) -> tuple[str, str]:
    """Return what stands before and after the `*`. Raises ExpressionError with the remedy."""
    if text.count("*") != 1:
        raise ExpressionError(f"{text!r} needs exactly one * where the value stands, for example Date: *")
    before, _, after = text.partition("*")
    return before.strip(), after.strip()


class TextDocument:
    """The lines of a text."""

    root: None = None

    def __init__(self, body: bytes) -> None:
        self._lines = [line.strip() for line in lines_of(body)]

    def find(self, expression: str, _item: object) -> object:
        """Return the text in place of the `*`: of the lines that match as a whole, else of parts of lines."""
        before, after = parse_pattern(expression)
        found = _values(self._whole(before, after)) or _values(self._parts(before, after))
        return (found[0] if len(found) == 1 else found) if found else None

    def _whole(self, before: str, after: str) -> Iterator[str]:
        for line in self._lines:
            if line.startswith(before) and line.endswith(after):
                yield line[len(before) : len(line) - len(after)]

    def _parts(self, before: str, after: str) -> Iterator[str]:
        """Yield what stands between the texts within a line, where the first one begins a word."""
        if not before:
            return
        for line in self._lines:
            start = line.find(before)
            while start >= 0:
                begin = start + len(before)
                if _continues_word(line, start):
                    start = line.find(before, begin)
                    continue
                end = line.find(after, begin) if after else len(line)
                if end < 0:
                    break
                yield line[begin : min(end, begin + _VALUE_LENGTH)]
                start = line.find(before, end)


def _continues_word(line: str, at: int) -> bool:
    """Return True if a text at a place is the end of a longer word, as `Date` is of `Valid-Date`."""
    return at > 0 and line[at].isalnum() and (line[at - 1].isalnum() or line[at - 1] in "-_.")


def _values(texts: Iterator[str]) -> list[str]:
    values = (value for text in texts if (value := text.strip()[:_VALUE_LENGTH]))
    return list(islice(values, VALUES_READ + 1))
