"""A push that waits in the database for the node that owns its task: its content, and back.

The report is not part of it: the owner reads the document by its own settings.
"""

from __future__ import annotations

import orjson

from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.push import PushedReport, PushKind, WaitingPush
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.document import read_stored


def to_waiting(push: PushedReport) -> WaitingPush:
    """Return a push as it waits for the owner of its task."""
    document = push.document
    content = {
        "kind": push.kind,
        "run_id": push.run_id,
        "exit_code": push.exit_code,
        "log": push.log,
        "document": document.decode() if document is not None else None,
        "excess": push.excess,
    }
    return WaitingPush(push.url, push.at, orjson.dumps(content))


def read_waiting(waiting: WaitingPush, expectations: Expectations) -> PushedReport:
    """Return the push that has waited; raises ValueError or LookupError if a later release wrote it."""
    content = orjson.loads(waiting.content)
    stated = content["document"]
    document = stated.encode() if stated is not None else None
    report = read_stored(document, expectations) if document is not None else None
    return PushedReport(
        waiting.url,
        PushKind(content["kind"]),
        waiting.at,
        content["run_id"],
        content["exit_code"],
        content["log"],
        document,
        report if isinstance(report, TaskReport) else None,
        content["excess"],
    )
