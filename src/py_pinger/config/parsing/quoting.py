"""How problems quote text from the configuration: short, printable, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from py_pinger.core.text.urls import MASK

# Long enough to find a value by, short enough for one line of a terminal.
_QUOTED_LENGTH = 80

# Below this similarity (0 to 1) a suggestion is more puzzling than helpful.
_SIMILARITY = 0.5

# Where a secret may begin in what was meant to be a value of one line, or a URL.
_END_OF_VALUE = re.compile(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029=]")
_END_OF_URL = re.compile(r"\s")
_END_OF_HOST = re.compile(r"[\s:=@]")

# Characters quoted of an item that is neither a URL nor a host name: it may be a secret.
_QUOTED_OF_ITEM = 3

# The names of nearly all sections, in which nothing could be a secret.
_PLAIN_NAME = re.compile(rf"[\w .-]{{1,{_QUOTED_LENGTH}}}", re.ASCII)
_PARTS = re.compile(r"([a-z][a-z0-9+.-]*:/+)?([^?#]*)([?#]?)(.*)", re.IGNORECASE | re.DOTALL)


def quotable(text: str) -> str:
    """Return text from the configuration as a problem may quote it.

    It may be a broken URL, whose parts are uncertain. So everything that could be a secret
    is masked: what stands before an `@`, and what follows a `?` or `#`.
    """
    if _PLAIN_NAME.fullmatch(text):
        return text
    parts = _PARTS.fullmatch(text)
    scheme, head, mark, tail = parts.groups(default="") if parts else ("", "", "", text)
    if "@" in tail:
        return _line(scheme + MASK)
    bare = f"{MASK}@{head.rpartition('@')[2]}" if "@" in head else head
    return _line(scheme + bare + (mark + MASK if mark else ""))


def quotable_value(written: str) -> str:
    """Return the first line of a value as a problem may quote it, without a merged key."""
    return _cut(written, _END_OF_VALUE.split(written, maxsplit=1)[0])


def quotable_url(written: str) -> str:
    """Return what was meant to be a URL as a problem may quote it.

    It may be a key or a bare secret.
    """
    if "=" not in written.partition("://")[0] and "://" in written:
        return _cut(written, _END_OF_URL.split(written, maxsplit=1)[0])
    host = _END_OF_HOST.split(written, maxsplit=1)[0]
    return _cut(written, host if "." in host or host.startswith("${") else host[:_QUOTED_OF_ITEM])


def printable(text: str) -> str:
    """Return text with unprintable characters, which would upset a terminal, replaced."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to an unknown one.

    None if none is similar enough.
    """
    names = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), names, n=1, cutoff=_SIMILARITY)
    return names[near[0]] if near else None


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the advice for an unknown name: the nearest known one, or all of them."""
    names = list(known)
    near = nearest(name, names)
    return f"did you mean {near}?" if near else f"use one of {', '.join(names)}"


def _cut(whole: str, start: str) -> str:
    if start == whole:
        return quotable(start)
    # What stands before an @ may be a password that was cut in two.
    return f"{MASK if '@' in whole[len(start) :] else quotable(start)}…"


def _line(text: str) -> str:
    line = printable(text)
    return line if len(line) <= _QUOTED_LENGTH else f"{line[:_QUOTED_LENGTH]}…"
