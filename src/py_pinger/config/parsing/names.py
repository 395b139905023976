"""Names in the headings of sections, and how much of an unknown name is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from py_pinger.config.schema.channel import ChannelKinds
from py_pinger.config.schema.settings import SECTIONS

# Short, since it is shown with everything that it names, and too short for most secrets.
_NAME = re.compile(r"\w[\w .-]{0,39}")


def name_problem(name: str, example: str) -> str | None:
    """Return what is wrong with the name in a heading, with an `example`; or None."""
    if _NAME.fullmatch(name):
        return None
    return (
        "the name is longer than 40 characters or has characters other than letters, digits, blanks and"
        f" . _ -; use a short name such as [{example}]"
    )


# Above this similarity (0 to 1) a word is a typing error of a known one, and discloses nothing.
_SIMILARITY = 0.7

# Enough to find a line by, too little to use a secret by.
_QUOTED_LENGTH = 3

_NOT_A_LETTER = re.compile(r"[^A-Za-z_]")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names of all sections and keys, by which unknown names are quoted."""

    kinds: ChannelKinds

    def first_word(self, name: str) -> str:
        """Return the first word of a name, cut to three letters unless it is similar to a known one."""
        word = _NOT_A_LETTER.split(name, maxsplit=1)[0]
        near = get_close_matches(word, list(self._known()), n=1, cutoff=_SIMILARITY)
        return word if near else word[:_QUOTED_LENGTH]

    def safe_quote(self, name: str, value: str = "") -> str:
        """Return a section's or key's name as a problem may quote it, cut if too long.

        A single word with a `value` behind it is certainly a name, unless the value is the padding of Base64.
        """
        if value.strip("=") and not _NOT_A_LETTER.search(name):
            return name
        word = self.first_word(name)
        return word if word == name else f"{word}…"

    def _known(self) -> Iterator[str]:
        yield from (*SECTIONS, *self.kinds)
        for model in (*SECTIONS.values(), *(kind.model for kind in self.kinds.values())):
            yield from model.model_fields
