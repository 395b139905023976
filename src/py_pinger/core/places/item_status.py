"""The status that stands next to a moment, and which of its words mean ok."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from py_pinger.core.places.item_fields import Fields, ItemField
from py_pinger.core.places.key_words import STATUS_WORDS, points_of, word_set, words_of
from py_pinger.core.reading.plain_values import plain_text

# Characters of a word, and different words of a status; more of either are free text.
_WORD_LENGTH: Final = 40
_MOST_WORDS: Final = 12

_OK: Final = word_set(
    "ok success successful succeeded completed complete done passed pass up healthy finished good green fine"
    " normal active ready available online status_success state_success 200 yes true"
)
_UNDER_WAY: Final = word_set(
    "running started pending queued in_progress inprogress in-progress scheduled waiting skipped processing"
)
_WARNING: Final = word_set("warning warn unstable degraded partial partially_failed")
_BAD: Final = word_set(
    "failed failure error errored fail aborted cancelled canceled crashed timeout timed_out timedout"
    " killed down bad red unhealthy status_error state_error offline late missed no false"
)
_EXIT_CODES: Final = frozenset({"exit", "exitcode", "returncode", "rc"})
_FAULTS: Final = frozenset({"failed", "failure", "failing"})

# Points for a word that is known, for the same object as the moment, and off for each step.
_KNOWN: Final = 5
_SAME_OBJECT: Final = 4
_STEP: Final = 2


@dataclass(frozen=True, slots=True)
class ItemStatus:
    """Where a status stands, the words that mean ok, a warning and an error, and all that occur.

    Without `ok` and `error` the words are unknown. A truth value needs none; it is `negated` if true means an
    error.
    """

    expression: str
    ok: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    words: tuple[tuple[str, int], ...] = ()
    is_truth: bool = False
    negated: bool = False

    @property
    def is_understood(self) -> bool:
        """Whether it is known which words mean ok."""
        return bool(self.ok or self.error or self.is_truth)

    def within(self, outer: str) -> ItemStatus:
        """Return the status for the whole page, given the expression for the object that it stands in."""
        if self.negated:
            # !a.b would negate a.
            return replace(self, expression=f"!({outer}.{self.expression.strip('!()')})")
        return replace(self, expression=f"{outer}.{self.expression}")


def status_of_items(items: Sequence[Fields], moment_keys: tuple[str, ...]) -> ItemStatus | None:
    """Return the status of the items, given the keys of their moments; None if there is none."""
    found = dict.fromkeys(expression for fields in items for expression in fields)
    points = {each: _points([f[each] for f in items if each in f], moment_keys) for each in found}
    best = max(points, key=lambda each: points[each], default=None)
    if best is None or points[best] <= 0:
        return None
    return _status(best, [fields[best] for fields in items if best in fields])


def _points(fields: Sequence[ItemField], moment_keys: tuple[str, ...]) -> int:
    keys, values = fields[0].keys, [each.value for each in fields if each.value is not None]
    points = points_of(keys[-1:], STATUS_WORDS)
    if points <= 0 or not values or not all(_fits(keys[-1], value) for value in values):
        return 0
    words = {(plain_text(value) or "").lower() for value in values}
    if len(words) > _MOST_WORDS or (len(words) > 3 and len(words) == len(values)):  # noqa: PLR2004 - free text
        return 0
    known = _KNOWN if words & (_OK | _BAD | _WARNING) else 0
    in_object = _SAME_OBJECT if keys[:-1] == moment_keys[:-1] else 0
    # `last_run_status` next to `last_run` says more than `status`.
    shared = len(set(words_of(keys[-1])) & {word for key in moment_keys[-1:] for word in words_of(key)})
    return points + known + in_object + 2 * shared - _STEP * len(keys)


def _fits(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return bool(_EXIT_CODES & set(words_of(key)))
    is_word = isinstance(value, str) and 0 < len(value) <= _WORD_LENGTH and value.isprintable()
    return is_word and not any(sign in str(value) for sign in ",*?\n") and not _FAULTS & set(words_of(key))


def _status(expression: str, fields: Sequence[ItemField]) -> ItemStatus:
    values = [each.value for each in fields if each.value is not None]
    words = Counter(word for value in values if (word := plain_text(value)))
    if all(isinstance(value, bool) for value in values):
        negated = bool(_FAULTS & set(words_of(fields[0].keys[-1])))
        # A key with a step in front of it would be negated without the step.
        shown = f"!({expression})" if negated and "." in expression else f"!{expression}"
        return ItemStatus(
            shown if negated else expression, words=tuple(words.most_common()), is_truth=True, negated=negated
        )
    if all(isinstance(value, int) for value in values):
        return ItemStatus(expression, ok=("0",), words=tuple(words.most_common()))
    ok, warn = _these(words, _OK), _these(words, _WARNING)
    under_way = _these(words, _UNDER_WAY)
    error = () if ok or under_way else _these(words, _BAD)
    return ItemStatus(expression, (*ok, *under_way), warn, error, tuple(words.most_common()))


def _these(words: Counter[str], known: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.lower() for word, _ in words.most_common() if word.lower() in known))
