"""Many checks that repeat the last result of their tasks, packed into a few bytes each.

A check changes seven columns of a task, and to write its row costs the server 20 µs and 300 bytes of
its log. Packed by columns, as differences, it takes some 25 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import sub
from typing import Any, Final, NamedTuple

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState
from py_pinger.store.tables.binding import read_time, write_time

_UNIT: Final = timedelta(microseconds=1)

# The number of rows, then of each column how its differences are written, and the number they start from.
_HEAD: Final = struct.Struct("<I")
_COLUMN: Final = struct.Struct("<Bq")

# A column whose numbers are all unknown or all the same has no differences; others take 1 to 8 bytes each.
_UNKNOWN, _SAME = 0, 1
_WIDTHS: Final = {2: "B", 3: "H", 4: "I", 5: "Q"}
_LIMITS: Final = {2: 1 << 8, 3: 1 << 16, 4: 1 << 32}
_WIDEST: Final = 5


class Repeat(NamedTuple):
    """The columns of a task that each check changes, in microseconds, and whether the task is failing."""

    task_id: int
    checked: int
    took: int | None
    fresh_until: int | None
    next_check: int | None
    pings: int
    errors: int
    failing: int = 0

    @classmethod
    def of(cls, task_id: int, state: TaskState) -> Repeat:
        """Return what the last check of a task changed."""
        fresh_until, next_check = state.fresh_until, state.next_check
        return cls(
            task_id,
            0 if state.checked_at is None else write_time(state.checked_at),
            None if state.duration is None else state.duration // _UNIT,
            None if fresh_until is None else write_time(fresh_until),
            None if next_check is None else write_time(next_check),
            state.pings,
            state.errors,
            int(state.verdict.status is Status.ERROR),
        )

    def apply(self, state: TaskState) -> TaskState:
        """Return a state after this check."""
        return TaskState(
            verdict=state.verdict,
            since=state.since,
            checked_at=read_time(self.checked),
            duration=None if self.took is None else timedelta(microseconds=self.took),
            fresh_until=None if self.fresh_until is None else read_time(self.fresh_until),
            next_check=None if self.next_check is None else read_time(self.next_check),
            pings=self.pings,
            errors=self.errors,
            incident=state.incident,
        )


def pack(repeats: Sequence[Repeat]) -> bytes:
    """Return checks as bytes, at least one."""
    ids, checked, took, fresh_until, next_check, pings, errors, failing = zip(*repeats, strict=True)
    columns = (
        ids,
        checked,
        took,
        _relative(fresh_until, checked),
        _relative(next_check, checked),
        pings,
        # A task whose checks all fail or all succeed: the difference is smaller than either.
        tuple(map(sub, pings, errors)),
        failing,
    )
    return b"".join([_HEAD.pack(len(repeats)), *map(_pack_column, columns)])


def unpack(content: bytes) -> Iterator[Repeat]:
    """Yield the checks of `pack`, in their order."""
    (count,) = _HEAD.unpack_from(content)
    columns, start = [], _HEAD.size
    for _ in Repeat._fields:
        column, start = _unpack_column(content, start, count)
        columns.append(column)
    ids, checked, took, fresh_until, next_check, pings, healthy, failing = columns
    return map(
        Repeat._make,
        zip(
            ids,
            checked,
            took,
            _absolute(fresh_until, checked),
            _absolute(next_check, checked),
            pings,
            map(sub, pings, healthy),
            failing,
            strict=True,
        ),
    )


def _relative(times: Sequence[int | None], since: Sequence[int]) -> Sequence[int | None]:
    return [None if time is None else time - start for time, start in zip(times, since, strict=True)]


def _absolute(times: Sequence[int | None], since: Sequence[int]) -> Iterator[int | None]:
    return (None if time is None else time + start for time, start in zip(times, since, strict=True))


def _pack_column(numbers: Sequence[int | None]) -> bytes:
    known = [number for number in numbers if number is not None]
    if not known:
        return _COLUMN.pack(_UNKNOWN, 0)
    least, most = min(known), max(known)
    if least == most and len(known) == len(numbers):
        return _COLUMN.pack(_SAME, least)
    # Zero is for what is unknown.
    base = least - 1
    kind = next((kind for kind, limit in _LIMITS.items() if most - base < limit), _WIDEST)
    differences = [0 if number is None else number - base for number in numbers]
    return _COLUMN.pack(kind, base) + struct.pack(f"<{len(numbers)}{_WIDTHS[kind]}", *differences)


def _unpack_column(content: bytes, start: int, count: int) -> tuple[Sequence[Any], int]:
    """Return a column, whose unknown numbers are None, and where the next one starts."""
    kind, base = _COLUMN.unpack_from(content, start)
    start += _COLUMN.size
    if kind in {_UNKNOWN, _SAME}:
        return [None if kind == _UNKNOWN else base] * count, start
    layout = struct.Struct(f"<{count}{_WIDTHS[kind]}")
    differences = layout.unpack_from(content, start)
    return [base + each if each else None for each in differences], start + layout.size
