"""The log file, which is replaced by a new one when it is full."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

# Bytes of one file, and number of older files that are kept: 60 MB in all.
FILE_SIZE = 10_000_000
FILES_KEPT = 5


class LogFile(RotatingFileHandler):
    """Writes to a file; unlike that of the standard library, it raises OSError if it cannot."""

    def __init__(self, file: Path) -> None:
        # Half a character of a page becomes a question mark.
        super().__init__(file, maxBytes=FILE_SIZE, backupCount=FILES_KEPT, encoding="utf-8", errors="replace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging names it
        """Raise why the line was not written, if the file is the reason."""
        if isinstance(error := sys.exception(), OSError):
            raise error
        super().handleError(record)
