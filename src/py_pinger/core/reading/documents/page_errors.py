"""Why a page or an expression cannot be read."""

from __future__ import annotations


class PageProblemError(Exception):
    """The page cannot be read as its section says; the message is the sentence that people see."""


class ExpressionError(ValueError):
    """An expression is wrong; the message names the column and the remedy."""
