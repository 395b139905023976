"""Writes a batch around what cannot be stored, so that one bad value holds up nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.store.database.errors import UnstorableError
from py_pinger.store.recorder import Batch

_log = logging.getLogger(__name__)

# What a value that cannot be stored comes out as: in the database, or on its way to a row.
_REFUSALS = (UnstorableError, TypeError, ValueError)

_MOST = 2**63 - 1
_LONGEST = timedelta(microseconds=_MOST)


def write_salvaging(batch: Batch, write: Callable[[Batch], None]) -> Iterator[Batch]:
    """Write a batch, whole or else in halves; yield what was written, after it was.

    What is to blame is written without what offends, or dropped; both are logged.
    """
    try:
        write(batch)
    except _REFUSALS as refusal:
        halves = tuple(_halves(batch))
        for half in halves:
            yield from write_salvaging(half, write)
        if not halves:
            yield from _mended(batch, write, refusal)
    else:
        yield batch


def sanitize(value: Any) -> Any:  # noqa: ANN401 - any value of ours, and the same kind of it back
    """Return a value with nothing in it that a database refuses, at any depth; URLs stay as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.name != "url"}
        return replace(value, **{name: sanitize(part) for name, part in parts.items()})
    return _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - as above
    match value:
        case Enum() | bool():
            return value
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", "?")
        case int():
            return max(-_MOST, min(value, _MOST))
        case timedelta():
            return max(-_LONGEST, min(value, _LONGEST))
        case tuple():
            return tuple(sanitize(each) for each in value)
    return value


def _halves(batch: Batch) -> Iterator[Batch]:
    """Part a batch of several in two, in their order; one alone cannot be parted."""
    steps, notices, routes = batch
    if steps and notices:
        yield Batch(steps, (), routes)
        yield Batch((), notices, routes)
    elif len(steps) + len(notices) > 1:
        middle = (len(steps) + len(notices)) // 2
        yield Batch(steps[:middle], notices[:middle], routes)
        yield Batch(steps[middle:], notices[middle:], routes)


def _mended(batch: Batch, write: Callable[[Batch], None], refusal: Exception) -> Iterator[Batch]:
    items: tuple[Transition | Notice, ...] = (*batch.steps, *batch.notices)
    about = items[0].url or "Py Pinger itself"
    mended = Batch(
        [sanitize(step) for step in batch.steps], [sanitize(each) for each in batch.notices], batch.routes
    )
    try:
        write(mended)
    except _REFUSALS:
        _log.error("What is about %s cannot be stored and is dropped: %s", about, refusal, exc_info=refusal)
    else:
        _log.error("What is about %s could be stored only with parts of it replaced: %s", about, refusal)
        yield mended
