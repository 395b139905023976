"""Names in headings of sections, and names nobody knows quoted safely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from re import compile as pattern

from py_pinger.config.schema.channel import ChannelKinds
from py_pinger.config.schema.settings import SECTIONS

# Short, since it is shown wherever what it names is, and no place for a secret.
_PLAIN = pattern(r"\w[\w .-]{0,39}")


def is_plain(name: str) -> bool:
    """Tell whether a name is fit to be one: short, of letters, digits, blanks and `._-`."""
    return bool(_PLAIN.fullmatch(name))


# Above this likeness (0 to 1) a word is a slip of a known one, and tells nothing by itself.
_LIKENESS = 0.7

# Enough to find a line by, too little to use a secret by.
_SHOWN_LENGTH = 3

_NO_LETTER = pattern(r"[^A-Za-z_]")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names there are, by which those that nobody knows are quoted."""

    kinds: ChannelKinds

    def word_of(self, name: str) -> str:
        """Return what of a name's beginning may be quoted: the word itself if it is like a known one."""
        word = _NO_LETTER.split(name, maxsplit=1)[0]
        near = get_close_matches(word, list(self._known()), n=1, cutoff=_LIKENESS)
        return word if near else word[:_SHOWN_LENGTH]

    def quoted(self, name: str, value: str = "") -> str:
        """Return a section's or key's name as a problem may quote it, with an ellipsis for what is left out.

        A single word with a `value` behind it is a name for certain, unless that is the padding of Base64.
        """
        if value.strip("=") and not _NO_LETTER.search(name):
            return name
        word = self.word_of(name)
        return word if word == name else f"{word}…"

    def _known(self) -> Iterator[str]:
        yield from (*SECTIONS, *self.kinds)
        for model in (*SECTIONS.values(), *(kind.model for kind in self.kinds.values())):
            yield from model.model_fields
