"""What the tests of the program's outermost parts share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from logging.handlers import RotatingFileHandler

import pytest


@pytest.fixture
def logbooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[logging.Handler]]]:
    """Return a function that tells the handlers of an open logbook; none is left open after the test."""
    root, ours = logging.getLogger(), logging.getLogger("py_pinger")
    levels = root.level, ours.level
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)

    def opened() -> list[logging.Handler]:
        # Exactly these: pytest has handlers of its own there, of classes derived from them.
        return [each for each in root.handlers if type(each) in {logging.StreamHandler, RotatingFileHandler}]

    yield opened
    for handler in opened():
        root.removeHandler(handler)
        handler.close()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
