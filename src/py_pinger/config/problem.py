"""What is wrong with a configuration, in sentences that give no secret away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from re import DOTALL, IGNORECASE
from re import compile as pattern

from py_pinger.core.address import MASK

# Long enough to find a value by, short enough for one line of a terminal.
_SHOWN_LENGTH = 80

# Below this likeness (0 to 1) a suggestion is more puzzling than helpful.
_LIKENESS = 0.5

_PARTS = pattern(r"([a-z][a-z0-9+.-]*:/+)?([^?#]*)([?#]?)(.*)", IGNORECASE | DOTALL)


class ConfigError(Exception):
    """The configuration cannot be used; each of `problems` is one sentence that says why and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Findings:
    """What comes to light while a configuration is read, one sentence each."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def shown(text: str) -> str:
    """Return text from the configuration as a problem may quote it.

    It may be a broken URL, whose parts nobody can tell for certain, so all that could be a secret is hidden:
    whatever stands before an `@`, and whatever follows a `?` or `#`.
    """
    parts = _PARTS.fullmatch(text)
    scheme, head, mark, tail = parts.groups(default="") if parts else ("", "", "", text)
    if "@" in tail:
        return _line(scheme + MASK)
    bare = f"{MASK}@{head.rpartition('@')[2]}" if "@" in head else head
    return _line(scheme + bare + (mark + MASK if mark else ""))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return what to do about a name that is not known: the nearest one that is, or all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=_LIKENESS)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}."


def _line(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return printable if len(printable) <= _SHOWN_LENGTH else f"{printable[:_SHOWN_LENGTH]}…"
