"""Foreign text that is shown on one line: in a log, on a page, in a chat."""

from __future__ import annotations

from unicodedata import bidirectional, category

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS = frozenset("\u061c\u200e\u200f")


def assert_line(text: str, longest: int) -> None:
    """Fail unless the text is one line of at most `longest` characters that every terminal shows as it is."""
    assert text, "the text is empty"
    assert text == text.strip(), "it has surrounding blanks"
    assert len(text) <= longest, f"{len(text)} characters"
    assert not _CONTROLS.intersection(map(category, text)), "a control character"
    assert not _TURNS.intersection(map(bidirectional, text)), "a mark that turns text around"
    assert not _MARKS.intersection(text), "a mark of direction"
