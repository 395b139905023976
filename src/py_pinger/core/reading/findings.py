"""What the expressions of a page found, in words: for `pinger check` and for the reason of a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from py_pinger.core.reading.moments import Moments
from py_pinger.core.text.formatting import clean, count, iso, quoted

# Items that a sentence names when the one that is wanted is not among them.
_ITEMS_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What one key of a page's section found, in words: for `pinger check`."""

    key: str
    expression: str
    text: str


def moments_text(moments: Moments) -> str:
    """Return how many values were found, and the newest moment among them."""
    if moments.newest is None:
        return f"{count(moments.values, 'value')}, no moment"
    newest = (
        f"{moments.newest_value} = {iso(moments.newest)}"
        if _is_number(moments.newest_value)
        else iso(moments.newest)
    )
    return f"{count(moments.values, 'value')}, newest {newest}"


def _is_number(value: object) -> bool:
    return not isinstance(value, str) or value.strip().isdigit()


def why_no_moment(moments: Moments, expression: str) -> str:
    """Return why none of the values that an expression finds is the moment of a last run."""
    if moments.problem:
        first = quoted(moments.unreadable)
        if moments.values > 1 and not moments.is_doubtful:
            return f"lastrun: finds {moments.values} values, none of them a moment; the first is {first}"
        return f"lastrun: finds {first}, {moments.problem}"
    if moments.never is None:
        return f"has never run: lastrun is empty; there is nothing at {expression}"
    number = moments.never if isinstance(moments.never, int | float) else 0
    of_1970 = ", a moment of 1970" if number > 0 else ""
    return f"has never run: lastrun is {clean(str(moments.never)) or 'empty'}{of_1970}"


def names_of(items: Mapping[str, object]) -> str:
    """Return the first names of a page's items, and how many more there are."""
    names = list(items)
    if not names:
        return "nothing"
    shown = ", ".join(names[:_ITEMS_NAMED])
    rest = len(names) - _ITEMS_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
