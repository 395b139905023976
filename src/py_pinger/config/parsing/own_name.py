"""The name that a section has behind its kind, as in [slack ops]."""

from __future__ import annotations

from re import compile as pattern

# Short, since it is shown wherever what it names is, and no place for a secret.
_PLAIN = pattern(r"\w[\w .-]{0,39}")


def is_plain(name: str) -> bool:
    """Tell whether a name is fit to be one: short, of letters, digits, blanks and `._-`."""
    return bool(_PLAIN.fullmatch(name))
