"""What to do about a fault, as a sentence: the same on pages, in messages and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.remedy.connection_remedies import CONNECTION_REMEDIES
from py_pinger.core.remedy.report_remedies import REPORT_REMEDIES
from py_pinger.core.remedy.status_remedies import STATUS_REMEDIES

# The sentences; `{detail}` is that of the fault. A fault without one has a reason that says what to do.
REMEDIES: Final[Mapping[FaultCode, str]] = {**CONNECTION_REMEDIES, **STATUS_REMEDIES, **REPORT_REMEDIES}


def remedy_of(fault: Fault | None) -> str | None:
    """Return what to do about a fault; None without one, and if the reason says it."""
    sentence = None if fault is None else REMEDIES.get(fault.code)
    return None if fault is None or sentence is None else sentence.format(detail=fault.detail)
