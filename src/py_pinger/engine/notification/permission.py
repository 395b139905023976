"""Whether this process may send to a channel at this moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeAlias

from py_pinger.core.model.notification import SendFailed, SendResult

MaySend: TypeAlias = Callable[[], bool]

# A node that cannot renew its lease does not know whether another node sends already.
NOT_PERMITTED: Final = SendFailed(
    "this node could not renew its lease in time; another node may send", retry_after=timedelta(seconds=1)
)


def always() -> bool:
    """Return True: a process without a cluster may send at any time."""
    return True


def permitted(send: Callable[[], SendResult], may_send: MaySend) -> Callable[[], SendResult]:
    """Return a function that sends, unless it is not permitted at the moment of its call."""
    return lambda: send() if may_send() else NOT_PERMITTED
