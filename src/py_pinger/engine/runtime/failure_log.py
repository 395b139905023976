"""Log entries for what fails for a while: one when it begins, one when it recovers."""

from __future__ import annotations

import logging


class FailureLog:
    """Logs `failing` when an operation begins to fail, and `recovered` when it works again.

    `error` is why the last attempt failed, None if it succeeded. Another error is logged again, the same
    one is not.
    """

    def __init__(self, logger: logging.Logger, failing: str, recovered: str) -> None:
        self._logger = logger
        self._failing = failing
        self._recovered = recovered
        self.error: str | None = None

    def record(
        self, error: str | None, cause: BaseException | None = None, level: int = logging.WARNING
    ) -> None:
        """Record how an attempt ended; `cause` is the exception whose traceback belongs in the log."""
        if error is None and self.error is not None:
            self._logger.warning("%s", self._recovered)
        elif error is not None and error != self.error:
            self._logger.log(level, "%s: %s", self._failing, error, exc_info=cause)
        self.error = error
