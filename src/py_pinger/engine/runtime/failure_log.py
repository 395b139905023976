"""Log entries for what fails for a while: one when it begins, one when it recovers."""

from __future__ import annotations

import logging


class FailureLog:
    """Logs `failing` when an operation begins to fail, and `recovered` when it works again.

    `error` is why the last attempt failed, None if it succeeded. What fails on is logged again only with
    `each_error`, and only if its error is another one.
    """

    def __init__(
        self, logger: logging.Logger, failing: str, recovered: str, *, each_error: bool = False
    ) -> None:
        self._logger = logger
        self._failing = failing
        self._recovered = recovered
        self._each_error = each_error
        self.error: str | None = None

    def record(
        self, error: str | None, cause: BaseException | None = None, level: int = logging.WARNING
    ) -> None:
        """Record how an attempt ended; `cause` is the exception whose traceback belongs in the log."""
        begins = self.error is None or (self._each_error and error != self.error)
        if error is not None and begins:
            self._logger.log(level, "%s: %s", self._failing, error, exc_info=cause)
        elif error is None and self.error is not None:
            self._logger.warning("%s", self._recovered)
        self.error = error
