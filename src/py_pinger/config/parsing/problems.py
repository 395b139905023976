"""Problems and warnings, with where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from re import DOTALL, IGNORECASE
from re import compile as pattern

from py_pinger.config.parsing.names import KnownNames
from py_pinger.core.text.urls import MASK

# Which file it is, how long, when it was written, and when its owner, its mode or its name changed.
Stamp = tuple[int, int, int, int]

# By its path, each file that was looked for, with its stamp as it was read; None where it could not be.
Sources = Mapping[str, Stamp | None]


def stamp_at(path: str) -> Stamp | None:
    """Return the stamp of the file that is there now; None if it cannot be looked at."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


# Long enough to find a value by, short enough for one line of a terminal.
_SHOWN_LENGTH = 80

# Below this likeness (0 to 1) a suggestion is more puzzling than helpful.
_LIKENESS = 0.5

# Where a secret may begin in what was meant for a value of one line, or for a URL.
_END_OF_VALUE = pattern(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029=]")
_END_OF_ADDRESS = pattern(r"\s")
_END_OF_HOST = pattern(r"[\s:=@]")

# Of what is neither a URL nor a host's name, so that a secret among the URLs stays one.
_SHOWN_OF_A_WORD = 3

_PARTS = pattern(r"([a-z][a-z0-9+.-]*:/+)?([^?#]*)([?#]?)(.*)", IGNORECASE | DOTALL)


class ConfigError(Exception):
    """The configuration cannot be used; each of `problems` is one sentence that says why and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Problems:
    """What comes to light while a configuration is read, one sentence each, in words of the `vocabulary`.

    `sources` are the files that are read for it.
    """

    vocabulary: KnownNames
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sources: dict[str, Stamp | None] = field(default_factory=dict)

    def look_at(self, path: Path) -> None:
        """Note how a file is before it is read: whatever comes later is a change."""
        self.sources[str(path)] = stamp_at(str(path))


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


def shown_value(written: str) -> str:
    """Return a value as a problem may quote it: not a line, or a key, that ran into it from below."""
    return _cut(written, _END_OF_VALUE.split(written, maxsplit=1)[0])


def shown_address(written: str) -> str:
    """Return what was meant for a URL as a problem may quote it; it may be a key or a bare secret."""
    if "=" not in written.partition("://")[0] and "://" in written:
        return _cut(written, _END_OF_ADDRESS.split(written, maxsplit=1)[0])
    host = _END_OF_HOST.split(written, maxsplit=1)[0]
    return _cut(written, host if "." in host or host.startswith("${") else host[:_SHOWN_OF_A_WORD])


def printable(text: str) -> str:
    """Return text with a sign of its own for each character that would upset a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return what to do about a name that is not known: the nearest one that is, or all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=_LIKENESS)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}."


def _cut(whole: str, start: str) -> str:
    if start == whole:
        return shown(start)
    # What stands before an @ may be a password that was cut in two.
    return f"{MASK if '@' in whole[len(start) :] else shown(start)}…"


def _line(text: str) -> str:
    line = printable(text)
    return line if len(line) <= _SHOWN_LENGTH else f"{line[:_SHOWN_LENGTH]}…"
