"""An HTTP request to the routes of pushed reports, as it arrives on the wire; the key is written ${KEY}."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from unicodedata import category

from fuzz.exchange import Answer, Exchange
from fuzz.line import assert_line
from fuzz.past import NOW, PastData
from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import TaskReport, Verdict
from py_pinger.core.model.push import LOG_KEPT, PushedReport, PushState, Receipt
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.core.push.run_rules import OPEN_RUNS, SEEN_KEPT, receive
from py_pinger.core.push.stored_report import stored_report
from py_pinger.core.times import ZERO
from py_pinger.web import LoginState, PageSettings, create_app
from py_pinger.web.push.push_app import PushAccess
from py_pinger.web.push.push_gate import PushThrottle

_KEY = "Vb7kR2pXq9Lm4Zt6Wd3s"
_TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"  # noqa: S105 - planted, and in no word list
_TERMS = Expectations(frequency=timedelta(hours=1), runtime=timedelta(minutes=5))
_TASKS = (
    Task("push:job", "push:job", push=PushIdentity("job"), expectations=_TERMS),
    Task("push:own", "push:own", push=PushIdentity("own", _TOKEN), expectations=_TERMS),
)
_STATUSES = frozenset({200, 400, 404, 405, 421, 429})


@dataclass
class _Inbox:
    """Takes pushes as the receiver does, one after the other."""

    pushes: list[PushedReport] = field(default_factory=list)

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        self.pushes.append(push)
        answer(Receipt.STORED)


class _Unforgetting(PushThrottle):
    """Lets nobody wait, so that each input says the same again."""

    def wait(self, address: str, now: float) -> float:  # noqa: ARG002 - the throttle's
        return 0.0

    def add_failure(self, address: str, now: float) -> tuple[float, int]:  # noqa: ARG002 - the throttle's
        return 0.0, 0


logging.getLogger("waitress").setLevel(logging.ERROR)
_INBOX = _Inbox()
_HOURS = count(step=3600)
_APP = Exchange(
    create_app(
        PastData(),
        PageSettings([], push=PushAccess(_TASKS, _INBOX, _Unforgetting(), _KEY)),
        lambda: NOW,
        LoginState(lambda: next(_HOURS)),
    )
)


def check(data: bytes) -> None:
    """Fail unless only the right secret is stored for, and what is stored makes a sound report."""
    _INBOX.pushes.clear()
    whole = data.replace(b"${KEY}", _KEY.encode()).replace(b"${TOKEN}", _TOKEN.encode())
    if b"host:" not in whole.lower():
        first, end, rest = whole.partition(b"\r\n")
        whole = first + b"\r\nHost: localhost" + (end + rest if end else b"\r\n\r\n")
    answer = _APP.answer(whole)
    if answer is not None and answer.path.startswith(("/ping/", "/report/")):
        _check_answer(answer)
    for push in _INBOX.pushes:
        assert _KEY.encode() in whole or _TOKEN.encode() in whole.lower(), "stored without a secret"
        _check_push(push)


def _check_answer(answer: Answer) -> None:
    assert answer.status in _STATUSES, answer.status
    assert (answer.status == 200) is bool(_INBOX.pushes), "acknowledged and stored are the same"  # noqa: PLR2004 - OK
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert _KEY.encode() not in answer.body, "the key comes back"
    # Nothing follows the head of an answer to HEAD.
    if answer.body:
        assert_line(answer.body.decode(), 1000)


def _check_push(push: PushedReport) -> None:
    assert len(push.log.encode()) <= 4 * LOG_KEPT
    assert _KEY not in push.log
    assert not {category(each) for each in push.log if each != "\n"} & {"Cc", "Cs"}, "a control character"
    state = PushState(NOW - timedelta(days=1))
    for _ in range(3):
        state = receive(state, push, _TERMS.runtime).state
        assert len(state.open_runs) <= OPEN_RUNS
        assert len(state.seen) <= SEEN_KEPT
        _check_verdict(state)


def _check_verdict(state: PushState) -> None:
    report = stored_report(state, _TERMS)
    assert isinstance(report, TaskReport), report
    verdict: Verdict = evaluate_report(200, read(report, ZERO, _TERMS), NOW)
    assert verdict.deadline is not None
    assert verdict.took is None or verdict.took >= ZERO
    assert verdict.lastrun is None or isinstance(verdict.lastrun, datetime)
    assert verdict.lastrun is None or verdict.lastrun.tzinfo is UTC
    if verdict.reason:
        assert_line(verdict.reason, 1100)
