"""The causes of problems, as text for people."""

from __future__ import annotations

from errno import ENOSPC
from socket import EAI_AGAIN, gaierror
from ssl import SSLError

import pytest

from pinger_report.warn import cause_of


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(ENOSPC, "another text"), "No space left on device"),
        (gaierror(EAI_AGAIN, "Temporary failure in name resolution"), "Temporary failure in name resolution"),
        (OSError(0, "Success"), "OSError"),
        (SSLError(0, "Error"), "SSLError"),
        (OSError(None, None), "OSError"),
        (ConnectionAbortedError(), "ConnectionAbortedError"),
        (ValueError("http://key@host"), "ValueError"),
    ],
)
def test_cause(error: Exception, cause: str) -> None:
    """The text is never empty, "None" or "Success", and names no address."""
    assert cause_of(error) == cause
