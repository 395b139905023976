"""What the words of keys say: a last run, something else, a name, or a status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text that is separated by blanks."""
    return frozenset(words.split())


def _table(*rows: tuple[int, str]) -> Mapping[str, int]:
    return {word: points for points, words in rows for word in words.split()}


# How much a word speaks for the end of the last run.
MOMENT_WORDS: Final = _table(
    (65, "lastrun lastsync"),
    (60, "finished finish completed completion complete ended done succeeded successful success"),
    (50, "end stop stopped executed ran ping heartbeat synced processed imported exported"),
    (40, "updated update lastmod lastmodified uploaded refreshed fetched execution backup"),
    (35, "modified mtime seen checked received published pub sync"),
    (25, "last latest recent run issued"),
    (10, "time timestamp date datetime at ts when epoch unix unixtime seconds changed enqueue enqueued"),
    (-20, "since author user owner server process build interval triggered attempt failed failure error"),
    (-30, "start started starttime begin began created creation create scheduled schedule queued submitted"),
    (-40, "requested request generated renew registered joined first boot login session version"),
    (-60, "now valid born birth reset license token id uuid number num length seq port phone after"),
    (-90, "next until due deadline expires expire expired expiry expiration"),
    (-90, "size bytes total count sum bucket memory"),
)

# Words without which a number is hardly a moment.
_TIME_WORDS: Final = frozenset(word for word, points in MOMENT_WORDS.items() if points > 0) | word_set(
    "start started starttime begin began created creation scheduled next expires until since now"
)

# How much a word speaks for the name of an item.
NAME_WORDS: Final = _table(
    (20, "name"),
    (16, "job task plan workflow dag flow pipeline check service slug"),
    (12, "title target database repository repo host hostname project display label key component"),
    (8, "path image volume"),
    (9, "id identifier"),
    (-20, "user author owner actor creator email avatar url link href description message branch type class"),
    (-20, "status state result version parent previous first last kind ref sha hash"),
)

# How much a word speaks for the status of the last run.
STATUS_WORDS: Final = _table(
    (9, "result conclusion outcome"),
    (8, "success succeeded healthy ok passed"),
    (7, "status state"),
    (6, "health exit returncode exitcode rc"),
    (5, "failed failure failing"),
)

# How much a word speaks for the reason of an error.
REASON_WORDS: Final = _table(
    (9, "reason error"),
    (8, "message msg"),
    (5, "detail details exception"),
    (-20, "id url code time date at type commit"),
)


def words_of(key: str) -> list[str]:
    """Return the words of a key in lower case: of `lastRun`, `last_run` and `last-run` `last` and `run`."""
    return [word.lower() for word in _WORD.findall(key)]


def points_of(keys: Iterable[str], table: Mapping[str, int]) -> int:
    """Return how much the words of keys speak for something."""
    return sum(table.get(word, 0) for key in keys for word in words_of(key))


def names_a_moment(keys: Iterable[str]) -> bool:
    """Return True if a word of the keys is one of a moment."""
    return any(word in _TIME_WORDS for key in keys for word in words_of(key))


def names_a_field(key: str) -> bool:
    """Return True if a key is one of an object's own, rather than the name of one of several objects."""
    words = words_of(key)
    return any(word in MOMENT_WORDS or word in STATUS_WORDS or word in _TIME_WORDS for word in words)
