"""Paths on a JSON page as JMESPath: keys, positions, and each element of a list or value of an object."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Each(Enum):
    """A step to all elements of a list, or to all values of an object."""

    ELEMENT = "[]"
    VALUE = "*"


# A key, a position in a list, or all of them.
Step: TypeAlias = str | int | Each


def jmespath_of(steps: Sequence[Step]) -> str:
    """Return a path as JMESPath: `jobs[].history[].finished`; `@` for no steps."""
    parts = [_part(step, steps[place + 1 :]) for place, step in enumerate(steps)]
    return "".join(parts).removeprefix(".") or "@"


def list_of(steps: Sequence[Step]) -> str:
    """Return the expression for the list or the object whose items the last step goes through."""
    outer = steps[:-1]
    if not any(isinstance(step, Each) for step in outer):
        return jmespath_of(outer)
    # Within other lists it is one list for each of their items: they are joined.
    return jmespath_of(steps) + ("[]" if steps[-1] is Each.VALUE else "")


def _part(step: Step, behind: Sequence[Step]) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if step is Each.ELEMENT:
        # [] would join the lists of which a position is wanted.
        return "[*]" if behind and isinstance(behind[0], int) else "[]"
    if step is Each.VALUE:
        return ".*"
    return f".{quoted_key(str(step))}"


def quoted_key(key: str) -> str:
    """Return a key as JMESPath has it: in double quotes unless it is a plain name."""
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
