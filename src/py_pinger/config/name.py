"""A name of the ini file that nobody knows, as a problem may quote it: it may be a secret gone astray."""

from __future__ import annotations

from difflib import get_close_matches
from re import compile as pattern

from py_pinger.config.settings import SECTIONS

_KNOWN = (*SECTIONS, *(key for model in SECTIONS.values() for key in model.model_fields))

# Above this likeness (0 to 1) a word is a slip of a known one, and tells nothing by itself.
_LIKENESS = 0.7

# Enough to find a line by, too little to use a secret by.
_SHOWN_LENGTH = 3

_NO_LETTER = pattern(r"[^A-Za-z_]")


def word_of(name: str) -> str:
    """Return what a name begins with that is fit to be quoted: the word itself if it is like a known one."""
    word = _NO_LETTER.split(name, maxsplit=1)[0]
    return word if get_close_matches(word, _KNOWN, n=1, cutoff=_LIKENESS) else word[:_SHOWN_LENGTH]


def quoted(name: str, value: str = "") -> str:
    """Return a section's or key's name as a problem may quote it, with an ellipsis for what is left out.

    A single word with a `value` behind it is a name for certain, unless that is the padding of Base64.
    """
    if value.strip("=") and not _NO_LETTER.search(name):
        return name
    word = word_of(name)
    return word if word == name else f"{word}…"
