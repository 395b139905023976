"""Writes a batch without what cannot be stored, so that one bad row blocks nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.text.formatting import count
from py_pinger.store.database.errors import ConstraintError, StoreError, UnstorableError
from py_pinger.store.recorder import Batch

_log = logging.getLogger(__name__)

_MAX_INT = 2**63 - 1
_MAX_INTERVAL = timedelta(microseconds=_MAX_INT)

# Items of a batch that are logged one by one.
_LOGGED = 10

Write = Callable[[Batch], None]


class IncompleteError(StoreError):
    """A batch was stored except for what has notices and violates a constraint; that must not be lost."""

    def __init__(self, message: str, transitions: Sequence[Transition], notices: Sequence[Notice]) -> None:
        super().__init__(message)
        self.transitions = tuple(transitions)
        self.notices = tuple(notices)


def salvage(batch: Batch, error: Exception, write: Write) -> None:
    """Write what can be written of a batch that failed with an error, in its order.

    An item that is to blame is written with its values replaced, else its notices are alone, else it is
    set aside; all is logged. Raises the error again if it is about the database, or if nothing at all could
    be written: then the batch is not to blame, and none of it may be lost. Raises IncompleteError with what
    has notices and violates a constraint, and what follows it of the same task.
    """
    attempt = _Salvage(write)
    attempt.split(batch, error)
    if (attempt.set_aside or attempt.violation) and not attempt.written:
        raise error
    attempt.log()
    if attempt.violation:
        raise IncompleteError(str(attempt.violation), attempt.transitions, attempt.notices)


class _Salvage:
    """The parts of a batch that were written, and the items that were not as they are."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.written = 0
        self.replaced: list[tuple[str, Exception]] = []
        self.set_aside: list[tuple[str, Exception]] = []
        self.transitions: list[Transition] = []
        self.notices: list[Notice] = []
        self.violation: Exception | None = None

    def split(self, batch: Batch, error: Exception) -> None:
        """Write a batch that failed in halves, and these again if they fail."""
        _raise_if_unavailable(error)
        halves = tuple(_halves(batch))
        if not halves:
            self._write_item(batch, error)
        for half in halves:
            rest = self._without_kept_tasks(half)
            if failure := self._failure(rest):
                self.split(rest, failure)

    def _write_item(self, item: Batch, error: Exception) -> None:
        urls = [*(each.url for each in item.transitions), *(each.url for each in item.notices)]
        subject = urls[0] or "Py Pinger itself"
        if not self._failure(_sanitized(item)):
            self.replaced.append((subject, error))
            return
        if isinstance(error, ConstraintError) and item.all_notices():
            self._keep(item, error)
            return
        if item.transitions and item.all_notices():
            self._failure(_sanitized(Batch((), item.all_notices(), item.routes)))
        self.set_aside.append((subject, error))

    def _keep(self, item: Batch, error: Exception) -> None:
        """Keep what has notices: stored without them, a state would say that people were notified."""
        self.violation = self.violation or error
        self.transitions.extend(item.transitions)
        self.notices.extend(item.notices)

    def _without_kept_tasks(self, part: Batch) -> Batch:
        """Keep what follows of a task after a transition that is kept, and return the rest."""
        kept = {each.url for each in self.transitions}
        if not kept:
            return part
        self.transitions.extend(each for each in part.transitions if each.url in kept)
        return part._replace(transitions=[each for each in part.transitions if each.url not in kept])

    def _failure(self, part: Batch) -> Exception | None:
        try:
            self._write(part)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the rest has to be written
            _raise_if_unavailable(error)
            return error
        self.written += bool(part.transitions or part.notices)
        return None

    def log(self) -> None:
        """Log what was not written, or not as it was."""
        for subject, error in self.replaced[:_LOGGED]:
            _log.error("Stored a result of %s with invalid values replaced: %s", subject, error)
        for subject, error in self.set_aside[:_LOGGED]:
            _log.error("Cannot store a result of %s, set it aside: %s", subject, error, exc_info=error)
        more = len(self.replaced[_LOGGED:]) + len(self.set_aside[_LOGGED:])
        if more:
            _log.error("Stored with invalid values replaced or set aside: %s more", count(more, "result"))


def sanitize(value: Any) -> Any:  # noqa: ANN401 - any value of the core, and the same kind of it back
    """Return a value without what a database rejects, at any depth; URLs stay as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.name != "url"}
        return replace(value, **{name: sanitize(part) for name, part in parts.items()})
    return _sanitize_plain(value)


def _sanitize_plain(value: Any) -> Any:  # noqa: ANN401 - as above
    match value:
        case Enum() | bool():
            return value
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", "?")
        case int():
            return max(-_MAX_INT, min(value, _MAX_INT))
        case timedelta():
            return max(-_MAX_INTERVAL, min(value, _MAX_INTERVAL))
        case tuple():
            return tuple(sanitize(each) for each in value)
    return value


def _sanitized(batch: Batch) -> Batch:
    transitions, notices, routes = batch
    return Batch([sanitize(each) for each in transitions], [sanitize(each) for each in notices], routes)


def _raise_if_unavailable(error: Exception) -> None:
    if isinstance(error, StoreError) and not isinstance(error, UnstorableError):
        raise error


def _halves(batch: Batch) -> Iterator[Batch]:
    """Split a batch of several items in two, in their order; a single item cannot be split."""
    transitions, notices, routes = batch
    if transitions and notices:
        yield Batch(transitions, (), routes)
        yield Batch((), notices, routes)
    elif len(transitions) + len(notices) > 1:
        middle = (len(transitions) + len(notices)) // 2
        yield Batch(transitions[:middle], notices[:middle], routes)
        yield Batch(transitions[middle:], notices[middle:], routes)
