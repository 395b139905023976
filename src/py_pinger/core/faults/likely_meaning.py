"""What the author of a report most likely means by a word or a key that the contract does not have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from py_pinger.core.text.formatting import clean

# Characters of a key that can be a misspelled one, and keys of a page that are compared.
_KEY_LENGTH: Final = 30
_KEYS_READ: Final = 100

# How similar two keys have to be, of 1: `lasrun` and `lastrun` are 0.92, `state` and `status` 0.73.
_SIMILAR: Final = 0.73

_SEPARATORS: Final = re.compile(r"[\W_]+", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OK: Final = _words(
    "1 true yes y up success successful succeeded passed pass good green healthy health "
    "fine alive running done finished completed complete okay online active available "
    "normal"
)
_ERROR: Final = _words(
    "0 false no n down failed failure fail failing err critical fatal red unhealthy dead "
    "broken offline bad exception crashed aborted"
)

_NAMES_OF_LASTRUN: Final = _words(
    "lastrunat lastruntime lastruntimestamp lastsuccess lastexecution lastexecuted "
    "lastupdate lastupdated lasttime ranat timestamp finishedat updatedat time"
)

# Other names of the keys, without separators.
_OTHER_NAMES: Final = {
    "status": frozenset({"state", "result", "health", "ok", "success"}),
    "lastrun": _NAMES_OF_LASTRUN,
    "frequency": frozenset({"freq", "interval", "period", "every", "frequencyminutes"}),
}


def status_meant(value: object) -> str | None:
    """Return the status that a value means in other programs, `ok` or `error`; None if neither."""
    word = _bare(str(value)) if isinstance(value, str | int) else ""
    if word in _OK:
        return "ok"
    return "error" if word in _ERROR else None


def misspelled(key: str, present: Iterable[str], known: Collection[str]) -> str | None:
    """Return the key of a page that is meant to be this one; None if there is none.

    The contract's own keys are not candidates.
    """
    candidates = {
        _bare(each): each for each, _ in zip(present, range(_KEYS_READ), strict=False) if each not in known
    }
    if key in candidates:
        return clean(candidates[key], _KEY_LENGTH)
    other = next((each for each in candidates if each in _OTHER_NAMES.get(key, ())), None)
    near = [other] if other else get_close_matches(key, [*filter(_is_short, candidates)], 1, _SIMILAR)
    return clean(candidates[near[0]], _KEY_LENGTH) if near else None


def _is_short(key: str) -> bool:
    return 0 < len(key) <= _KEY_LENGTH


def _bare(word: str) -> str:
    return _SEPARATORS.sub("", word[: 2 * _KEY_LENGTH]).lower()
