"""Constants among the expressions: text in single quotes stands for itself, whatever the page is."""

from __future__ import annotations

import re

_CONSTANT = re.compile(r"'([^']*)'")


def constant_of(expression: str) -> str | None:
    """Return the text that an expression stands for; None unless it is a constant."""
    found = _CONSTANT.fullmatch(expression.strip())
    return found[1] if found else None
