"""Where our own words go: standard error and a rotated file, with every known secret masked."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FORMAT = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"

# Bytes of one file, and files kept beside the newest: 60 MB in all.
FILE_SIZE = 10_000_000
FILES_KEPT = 5

# Characters below which a secret is too likely to be part of an innocent word.
_SHORTEST_SECRET = 4


class LogError(Exception):
    """The log file cannot be written; the message names it."""


class _RedactingFormatter(logging.Formatter):
    """Masks secrets wherever they turn up, tracebacks included."""

    converter = staticmethod(time.gmtime)

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        self._secrets: list[str] = []
        self.mask(secrets)

    def mask(self, secrets: Iterable[str]) -> None:
        """Mask these as well from now on."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)}
        # The longest first: one secret may be part of another.
        self._secrets = sorted(known, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


class LogSetup:
    """What can still be changed of a logbook that is open."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.formatter = _RedactingFormatter(secrets)

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """Mask these as well from now on; may be called from any thread."""
        self.formatter.mask(secrets)

    def apply(self, *, debug: bool) -> None:
        """Log every detail from now on, or no longer."""
        logging.getLogger("py_pinger").setLevel(logging.DEBUG if debug else logging.INFO)


def open_log(file: Path | None, secrets: Iterable[str], *, debug: bool) -> LogSetup:
    """Log to standard error and, if given, to a file, and nowhere else.

    Raises LogbookError if the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if file:
        handlers.append(_file_handler(file))
    book = LogSetup(secrets)
    for handler in handlers:
        handler.setFormatter(book.formatter)
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    # A line that a full disk did not take would be shown unmasked; standard error has it anyway.
    logging.raiseExceptions = False
    book.apply(debug=debug)
    return book


def _file_handler(file: Path) -> logging.Handler:
    try:
        return RotatingFileHandler(file, maxBytes=FILE_SIZE, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError as error:
        raise LogError(
            f"the log file {file} cannot be written ({error.strerror}): set [main] log or its permissions"
        ) from None


def note(warnings: Iterable[str]) -> None:
    """Log what the configuration gives cause to say."""
    for warning in warnings:
        logging.getLogger(__name__).warning("%s", warning)
