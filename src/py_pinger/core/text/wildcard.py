"""Patterns by which tasks are meant: `*` is any text, `?` any one character, in any case of the letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from re import DOTALL, IGNORECASE, escape
from re import compile as compiled

# Distinct patterns that are kept compiled: those of a large pinger.ini, and the silences beside them.
_KEPT = 16_384


def matches(pattern: str, texts: Iterable[str | None]) -> bool:
    """Tell whether a pattern means one of the texts, the whole of it."""
    means = _matcher(pattern)
    return any(text is not None and means(text) for text in texts)


def any_matches(patterns: Iterable[str], texts: Iterable[str | None]) -> bool:
    """Tell whether one of the patterns means one of the texts."""
    known = tuple(texts)
    return any(matches(pattern, known) for pattern in patterns)


@lru_cache(_KEPT)
def _matcher(pattern: str) -> Callable[[str], object]:
    first, *others = (escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    if not others:
        return compiled(first, DOTALL | IGNORECASE).fullmatch
    *inner, last = others
    # Each part is looked for once: to try all places of several stars takes minutes where a page wills it.
    found = "".join(f"(?>.*?{part})" for part in inner if part)
    return compiled(f"{first}{found}.*{last}", DOTALL | IGNORECASE).fullmatch
