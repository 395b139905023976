"""Logging: to standard error and a rotated file, with every known secret masked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from py_pinger.app.logs.log_file import LogFile
from py_pinger.app.logs.log_output import BackgroundHandler, stderr_output
from py_pinger.core.model.health import HealthWarning
from py_pinger.core.text.redaction import SHORTEST_SECRET
from py_pinger.core.text.system_error import system_cause
from py_pinger.core.text.urls import MASK
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

_FORMAT = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"


class LogError(Exception):
    """The log file cannot be written; the message names it."""


class _RedactingFormatter(logging.Formatter):
    """Masks secrets wherever they occur, tracebacks included."""

    converter = staticmethod(time.gmtime)

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        self._secrets: list[str] = []
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these as well from now on."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)}
        # The longest first: one secret may be part of another.
        self._secrets = sorted(known, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return line


class LogSetup:
    """What can be changed of an open log, from any thread.

    As a context it ends when all is written.
    """

    def __init__(self, secrets: Iterable[str] = (), outputs: Sequence[BackgroundHandler] = ()) -> None:
        self.formatter = _RedactingFormatter(secrets)
        self._outputs = outputs

    def prepare(self, change: SettingsChange) -> Apply:
        """Mask the secrets of other settings, and return the step that logs as much as they want."""
        # Before anything is built, since errors may quote a secret; at the start they are masked already.
        if not change.at_start:
            self.add_secrets(change.settings.secrets())
        debug = change.settings.main.debug
        return lambda _: self.set_debug(debug=debug)

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """Mask these as well from now on."""
        self.formatter.add(secrets)

    def warnings(self) -> tuple[HealthWarning, ...]:
        """Return the warnings about outputs that take no lines."""
        return tuple(warning for output in self._outputs if (warning := output.warning()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all lines are written, for a limited time."""
        for output in self._outputs:
            output.flush()

    def set_debug(self, *, debug: bool) -> None:
        """Log every detail from now on, or no longer."""
        logging.getLogger("py_pinger").setLevel(logging.DEBUG if debug else logging.INFO)


def open_log(file: Path | None, secrets: Iterable[str], *, debug: bool) -> LogSetup:
    """Log to standard error and to the file, if there is one, and nowhere else.

    Raises LogError if the file cannot be written.
    """
    file_output = file and _file_output(file)
    outputs = [BackgroundHandler(stderr_output(), "standard error")]
    if file_output:
        outputs.append(BackgroundHandler(file_output, "the log file"))
    setup = LogSetup(secrets, outputs)
    for output in outputs:
        output.setFormatter(setup.formatter)
    logging.basicConfig(level=logging.WARNING, handlers=outputs, force=True)
    # A line that a full disk does not take would be printed unmasked; standard error has it anyway.
    logging.raiseExceptions = False
    setup.set_debug(debug=debug)
    return setup


def _file_output(file: Path) -> logging.Handler:
    try:
        return LogFile(file)
    except OSError as error:
        raise LogError(
            f"cannot write the log file {file}: {system_cause(error)}; change [main] log or its permissions"
        ) from None


def log_warnings(warnings: Iterable[str]) -> None:
    """Log the warnings about the configuration."""
    for warning in warnings:
        logging.getLogger(__name__).warning("%s", warning)
