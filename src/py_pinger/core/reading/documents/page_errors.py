"""Why a page or an expression cannot be read."""

from __future__ import annotations

from py_pinger.core.model.fault import Fault, FaultCode


class PageProblemError(Exception):
    """The page cannot be read as its section says; the message is the sentence that people see."""

    def __init__(self, problem: str, code: FaultCode = FaultCode.PAGE_SECTION) -> None:
        super().__init__(problem)
        self.fault = Fault(code)


class ExpressionError(ValueError):
    """An expression is wrong; the message names the column and the remedy."""
