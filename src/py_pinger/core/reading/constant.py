"""Constants among the expressions: text in single quotes stands for itself, whatever the page is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# Expressions kept: a page has ten at most, and many tasks share one page.
_KEPT: Final = 1024

_CONSTANT = re.compile(r"'([^']*)'")


@lru_cache(_KEPT)
def constant_of(expression: str) -> str | None:
    """Return the text that an expression stands for; None unless it is a constant."""
    found = _CONSTANT.fullmatch(expression.strip())
    return found[1] if found else None
