"""Pages of plain text: a pattern with one `*`, matched against each line."""

from __future__ import annotations

from py_pinger.core.reading.page_errors import ExpressionError

# Characters of a line that are compared: a longer one is cut.
_LINE_LENGTH = 4096


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
        self._lines = [line[:_LINE_LENGTH].strip() for line in body.decode("utf-8", "replace").splitlines()]

    def find(self, expression: str, _item: object) -> object:
        """Return the text in place of the `*`, of each line that matches."""
        before, after = parse_pattern(expression)
        matching = (line for line in self._lines if line.startswith(before) and line.endswith(after))
        values = (line[len(before) : len(line) - len(after)].strip() for line in matching)
        found = [value for value in values if value]
        return (found[0] if len(found) == 1 else found) if found else None
