"""Problems of reporting are warnings in the log: they never reach the task."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def warn(text: str) -> None:
    """Log a warning; without a configured log it is printed to standard error."""
    import logging  # noqa: PLC0415 - a start of `pinger exec` without problems saves its time

    logging.getLogger("pinger_report").warning("%s", text)


@contextmanager
def guarded(act: str) -> Iterator[None]:
    """Turn any error inside into a warning: "Cannot write the page of backup: No space left on device"."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a monitored task goes on, whatever fails here
        with suppress(Exception):  # a broken log is not the task's problem either
            warn(f"Cannot {act}: {cause_of(error)}")


def cause_of(error: BaseException) -> str:
    """Return the cause of an error without addresses: those of pushes contain the key."""
    if not isinstance(error, OSError):
        return type(error).__name__
    # Of a TLS error: `verify_message` or `reason`; its error number is not one of the operating system.
    for text in (getattr(error, "verify_message", None), getattr(error, "reason", None)):
        if isinstance(text, str) and text:
            return text
    if error.errno and error.errno > 0:
        return os.strerror(error.errno)
    # Name lookups have negative numbers, and a text. The text of 0 is "Success".
    return (error.errno and error.strerror) or type(error).__name__
