"""Wildcard patterns: `*` matches any text, `?` one character, regardless of case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

# Distinct patterns that are cached: enough for a large pinger.ini and its silences.
_CACHED_PATTERNS = 16_384


def matches(pattern: str, texts: Iterable[str | None]) -> bool:
    """Return True if a pattern matches one of the texts as a whole."""
    fullmatch = _matcher(pattern)
    return any(text is not None and fullmatch(text) for text in texts)


def any_matches(patterns: Iterable[str], texts: Iterable[str | None]) -> bool:
    """Return True if one of the patterns matches one of the texts."""
    known = tuple(texts)
    return any(matches(pattern, known) for pattern in patterns)


@lru_cache(_CACHED_PATTERNS)
def _matcher(pattern: str) -> Callable[[str], object]:
    first, *others = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    if not others:
        return re.compile(first, re.DOTALL | re.IGNORECASE).fullmatch
    *inner, last = others
    # Each part is searched once: with backtracking a hostile text could cost minutes.
    found = "".join(f"(?>.*?{part})" for part in inner if part)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL | re.IGNORECASE).fullmatch
