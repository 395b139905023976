"""The routes of pushes: outside of the web password, inside of the allowed hosts and all other limits.

They are answered before the pages: a push costs a tenth of a page, and its URL, which is a secret, reaches
nothing that logs, counts or shows URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from logging import getLogger
from math import ceil
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qs

from werkzeug.exceptions import HTTPException

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.push import PushedReport, PushKind, Receipt
from py_pinger.core.model.task import Task
from py_pinger.core.push.document import read_document
from py_pinger.core.push.log_text import read_log
from py_pinger.core.push.protocol import (
    BODY_LIMIT,
    METHODS,
    PushTarget,
    is_uuid,
    read_ping,
    read_report_route,
)
from py_pinger.core.push.routes import PING_ROUTE, REPORT_ROUTE, TAIL, is_push_path
from py_pinger.core.text.redaction import redact
from py_pinger.web.http.messages import INTERNAL_ERROR, SECURITY_HEADERS
from py_pinger.web.push.push_gate import NO_TARGET, PushGate, PushThrottle
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.client_address import client_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = getLogger(__name__)

# Seconds that a sender waits for its report to be stored, below the time limits of clients.
STORING: Final = 8.0

# Seconds after which a sender may try again when its report could not be stored.
TRY_AGAIN: Final = 5

# Anything in a body that may be the secret of a task.
_ANY_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_BEARER: Final = "bearer "
_JSON: Final = "application/json"


class PushInbox(Protocol):
    """Where pushes go."""

    def submit(self, push: PushedReport) -> Future[Receipt]:
        """Have a push stored; the result says whether it was."""


@dataclass(frozen=True, slots=True)
class PushAccess:
    """What the routes of pushes depend on; the `throttle` is kept when the settings change.

    `url` is the address of Py Pinger for senders, None if it is the one that browsers use.
    """

    tasks: Sequence[Task]
    inbox: PushInbox
    throttle: PushThrottle
    key: str | None = field(default=None, repr=False)
    post_only: bool = False
    keep_logs: bool = True
    url: str | None = None


class _Answer(Exception):  # noqa: N818 - it carries an answer out of the steps that lead to it
    """What a sender is answered: a status, a line of text, and further headers."""

    def __init__(self, status: HTTPStatus, text: str, *headers: tuple[str, str]) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


class PushApp:
    """Answers the routes of pushes, and passes other requests on to the pages."""

    def __init__(
        self,
        pages: WSGIApplication,
        access: PushAccess,
        hosts: AllowedHosts,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._pages = pages
        self._access = access
        self._gate = PushGate(access.tasks, access.key)
        self._hosts = hosts
        self._clock = clock
        self._monotonic = monotonic

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not is_push_path(environ.get("PATH_INFO", "")):
            return self._pages(environ, start_response)
        try:
            answer = self._answer(environ)
        except _Answer as other:
            answer = other
        except Exception:  # noqa: BLE001 - answered as the pages answer theirs
            # Without the URL, which is a secret.
            _LOG.exception("Internal error while answering a pushed report")
            answer = _Answer(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR)
        body = answer.text.encode("utf-8", "replace")
        headers = [
            *SECURITY_HEADERS.items(),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            *answer.headers,
        ]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        """Return what became of a push; raises the answer that ends the way there."""
        self._check_host(environ)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        allowed = METHODS if path.startswith(PING_ROUTE) else ("POST",)
        if method not in allowed:
            text = f"Method not allowed; use {' or '.join(each for each in allowed if each != 'HEAD')}."
            raise _Answer(HTTPStatus.METHOD_NOT_ALLOWED, text, ("Allow", ", ".join(allowed)))
        target = _target(environ, path)
        task = self._admit(target, environ.get("REMOTE_ADDR", ""))
        run_id = _run_id(environ.get("QUERY_STRING", ""))
        if target.has_invalid_code:
            raise _Answer(HTTPStatus.BAD_REQUEST, "invalid url format")
        if self._access.post_only and method != "POST":
            return _Answer(HTTPStatus.OK, "OK", BODY_LIMIT)
        push = self._read(environ, task, target, run_id)
        return self._store(self._limit(push))

    def _check_host(self, environ: WSGIEnvironment) -> None:
        try:
            self._hosts.check(environ.get("HTTP_HOST"), environ["SERVER_PORT"])
        except HTTPException as error:
            raise _Answer(HTTPStatus(error.code or HTTPStatus.BAD_REQUEST), error.description or "") from None

    def _admit(self, target: PushTarget, address: str) -> Task:
        """Return the task of a URL; the same answer for all that is wrong with one."""
        throttle, now = self._access.throttle, self._monotonic()
        if wait := throttle.wait(address, now):
            raise _too_many("Too many wrong URLs; wait, then try again.", wait)
        if task := self._gate.find(target):
            throttle.add_success(address)
            return task
        wait, log = throttle.add_failure(address, now)
        if log:
            _LOG.warning("Wrong key, slug or UUID of a pushed report from %s", client_of(address))
        if wait:
            raise _too_many("Too many wrong URLs; wait, then try again.", wait)
        raise _not_found()

    def _read(
        self, environ: WSGIEnvironment, task: Task, target: PushTarget, run_id: str | None
    ) -> PushedReport:
        """Return what a request says."""
        body, at = self._without_secrets(environ["wsgi.input"].read(TAIL + 1)), self._clock()
        push = PushedReport(task.url, target.kind, at, run_id, target.exit_code)
        if not body:
            return push
        if target.kind is not PushKind.LOG and _is_json(environ):
            healthy = target.kind is not PushKind.FAIL
            said = read_document(body, at, task.expectations, healthy=healthy)
            if isinstance(said, InvalidReport):
                raise _Answer(HTTPStatus.BAD_REQUEST, said.problem)
            return PushedReport(
                task.url, target.kind, at, run_id, target.exit_code, document=said[0], report=said[1]
            )
        # Again: colours may have stood within a secret.
        log = self._without_secrets(read_log(body).encode()).decode() if self._access.keep_logs else ""
        return PushedReport(task.url, target.kind, at, run_id, target.exit_code, log=log)

    def _without_secrets(self, body: bytes) -> bytes:
        """Return what was sent without the secrets of any task: clients print URLs, also those of others."""
        tokens = {found.decode() for found in _ANY_UUID.findall(body)}
        secrets = [each for each in tokens if self._gate.find(PushTarget(PushKind.LOG, token=each.lower()))]
        return redact(body, [*secrets, self._access.key] if self._access.key else secrets)

    def _limit(self, push: PushedReport) -> PushedReport:
        """Reject reports that come too often; a failure never is, but then it is not in the history."""
        wait = self._access.throttle.take(push.url, self._monotonic())
        if not wait:
            return push
        if push.kind is PushKind.FAIL or (push.report and not push.report.healthy):
            return replace(push, excess=True)
        raise _too_many("Too many reports of this task; wait, then try again.", wait)

    def _store(self, push: PushedReport) -> _Answer:
        try:
            receipt = self._access.inbox.submit(push).result(STORING)
        except TimeoutError:
            receipt = Receipt.FAILED
        if receipt is Receipt.UNKNOWN:
            raise _not_found()
        if receipt is Receipt.FAILED:
            text = "The report could not be stored; send it again."
            raise _Answer(HTTPStatus.SERVICE_UNAVAILABLE, text, ("Retry-After", str(TRY_AGAIN)))
        return _Answer(HTTPStatus.OK, "OK", BODY_LIMIT)


def _target(environ: WSGIEnvironment, path: str) -> PushTarget:
    if path.startswith(REPORT_ROUTE):
        given = str(environ.get("HTTP_AUTHORIZATION", ""))
        key = given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else None
        return read_report_route(path, key) or NO_TARGET
    return read_ping(path) or NO_TARGET


def _run_id(query: str) -> str | None:
    """Return the id of the run in a query, in one spelling."""
    given = parse_qs(query, keep_blank_values=True, errors="replace").get("rid") if "rid=" in query else None
    if given is None:
        return None
    if not is_uuid(given[-1]):
        raise _Answer(HTTPStatus.BAD_REQUEST, "invalid uuid format")
    return given[-1].lower()


def _is_json(environ: WSGIEnvironment) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower() == _JSON


def _not_found() -> _Answer:
    return _Answer(HTTPStatus.NOT_FOUND, "not found")


def _too_many(text: str, wait: float) -> _Answer:
    return _Answer(HTTPStatus.TOO_MANY_REQUESTS, text, ("Retry-After", str(ceil(wait))))
