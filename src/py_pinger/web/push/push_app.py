"""The routes of pushes: outside of the web password, inside of the allowed hosts and all other limits.

They are answered before the pages, and by the loop of the web server where that allows it: a push costs a
tenth of a page, no thread waits until it is stored, and its URL, which is a secret, reaches nothing that
logs, counts or shows URLs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from logging import getLogger
from math import ceil
from typing import TYPE_CHECKING, Final, Protocol

from werkzeug.exceptions import HTTPException

from py_pinger.config.values.lists import Network
from py_pinger.core.model.push import PushedReport, PushKind, Receipt
from py_pinger.core.model.task import Task
from py_pinger.core.push.protocol import METHODS, PushTarget
from py_pinger.core.push.routes import PING_ROUTE, TAIL, is_push_path
from py_pinger.web.http.loop_app import ANSWERING, LoopRequest, LoopResponse
from py_pinger.web.http.messages import INTERNAL_ERROR
from py_pinger.web.push.push_answers import ACCEPTED, NOT_FOUND, NOT_STORED, PushAnswer
from py_pinger.web.push.push_gate import PushGate, PushThrottle
from py_pinger.web.push.push_request import read_push, run_id_of, target_of
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.client_address import client_of
from py_pinger.web.security.proxy_headers import client_behind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = getLogger(__name__)

_ANSWERS: Final = {Receipt.STORED: ACCEPTED, Receipt.UNKNOWN: NOT_FOUND, Receipt.FAILED: NOT_STORED}

# Headers in which a proxy names the client.
_FORWARDED: Final = "X_FORWARDED_FOR"
_REAL: Final = "X_REAL_IP"


class PushInbox(Protocol):
    """Where pushes go."""

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        """Have a push stored; `answer` is called with what became of it, from any thread."""


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


class PushApp:
    """Answers the routes of pushes, and passes other requests on to the pages."""

    def __init__(
        self,
        pages: WSGIApplication,
        access: PushAccess,
        hosts: AllowedHosts,
        proxies: Sequence[Network],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._pages = pages
        self._access = access
        self._gate = PushGate(access.tasks, access.key)
        self._hosts = hosts
        self._proxies = proxies
        self._clock = clock
        self._monotonic = monotonic

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; the thread waits until the push is stored."""
        if not is_push_path(environ.get("PATH_INFO", "")):
            return self._pages(environ, start_response)
        answered: Future[LoopResponse] = Future()
        self._answer(_request_of(environ), answered.set_result)
        try:
            response = answered.result(ANSWERING)
        except TimeoutError:
            response = self.unanswered()
        start_response(f"{response.status.value} {response.status.phrase}", list(response.headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def begin(self, request: LoopRequest, answer: Callable[[LoopResponse], None]) -> bool:
        """Answer a push without waiting; False if it is not one, or its host has to be looked up first."""
        if not is_push_path(request.path) or not self._hosts.knows(request.headers.get("HOST"), request.port):
            return False
        headers = request.headers
        if _FORWARDED in headers or _REAL in headers:
            forwarded, real = headers.get(_FORWARDED, ""), headers.get(_REAL, "")
            client = client_behind(request.address, forwarded, real, self._proxies)
            request = replace(request, address=client)
        self._answer(request, answer)
        return True

    def unanswered(self) -> LoopResponse:
        """Return the response to a push that could not be stored in time."""
        return NOT_STORED

    def _answer(self, request: LoopRequest, answer: Callable[[LoopResponse], None]) -> None:
        """Have a push answered once it is stored, or what is wrong with it at once."""
        try:
            push = self._received(request)
            self._access.inbox.submit(push, lambda receipt: answer(_ANSWERS[receipt]))
        except PushAnswer as other:
            answer(other.response)
        except Exception:  # noqa: BLE001 - answered as the pages answer theirs
            # Without the URL, which is a secret.
            _LOG.exception("Internal error while answering a pushed report")
            answer(PushAnswer(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR).response)

    def _received(self, request: LoopRequest) -> PushedReport:
        """Return what a request says; raises the answer if it is not to be stored."""
        self._check_host(request)
        _check_method(request)
        target = target_of(request)
        task = self._admit(target, request.address)
        run_id = run_id_of(request.query)
        if target.has_invalid_code:
            raise PushAnswer(HTTPStatus.BAD_REQUEST, "invalid url format")
        if self._access.post_only and request.method != "POST":
            raise PushAnswer.of(ACCEPTED)
        body = self._gate.without_secrets(request.read_body(TAIL + 1))
        push = read_push(request, body, self._clock(), task, target, run_id)
        # Again: colours may have stood within a secret.
        log = self._gate.without_secrets(push.log.encode()).decode() if self._access.keep_logs else ""
        return self._limit(replace(push, log=log) if push.log else push)

    def _check_host(self, request: LoopRequest) -> None:
        try:
            self._hosts.check(request.headers.get("HOST"), request.port)
        except HTTPException as error:
            raise PushAnswer(
                HTTPStatus(error.code or HTTPStatus.BAD_REQUEST), error.description or ""
            ) from None

    def _admit(self, target: PushTarget, address: str) -> Task:
        """Return the task of a URL; the same answer for all that is wrong with one."""
        throttle, now = self._access.throttle, self._monotonic()
        if wait := throttle.wait(address, now):
            raise _too_many("Too many wrong URLs; wait, then try again.", wait)
        if task := self._gate.find(target):
            throttle.add_success(address)
            return task
        wait, count = throttle.add_failure(address, now)
        if count:
            _LOG.warning(
                "Wrong key, slug or UUID of a pushed report from %s%s",
                client_of(address),
                f"; {count} since the last such line" if count > 1 else "",
            )
        if wait:
            raise _too_many("Too many wrong URLs; wait, then try again.", wait)
        raise PushAnswer.of(NOT_FOUND)

    def _limit(self, push: PushedReport) -> PushedReport:
        """Reject reports that come too often; a failure never is, but then it is not in the history."""
        wait = self._access.throttle.take(push, self._monotonic())
        if not wait:
            return push
        if push.kind is PushKind.FAIL or (push.report and not push.report.healthy):
            return replace(push, excess=True)
        raise _too_many("Too many reports of this task; wait, then try again.", wait)


def _request_of(environ: WSGIEnvironment) -> LoopRequest:
    """Return a request that a thread answers; the headers of proxies are no longer in it."""
    headers = {key.removeprefix("HTTP_"): str(value) for key, value in environ.items() if key[0].isupper()}
    return LoopRequest(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        headers,
        environ.get("REMOTE_ADDR", ""),
        environ["SERVER_PORT"],
        environ["wsgi.input"].read,
    )


def _check_method(request: LoopRequest) -> None:
    allowed = METHODS if request.path.startswith(PING_ROUTE) else ("POST",)
    if request.method not in allowed:
        text = f"Method not allowed; use {' or '.join(each for each in allowed if each != 'HEAD')}."
        raise PushAnswer(HTTPStatus.METHOD_NOT_ALLOWED, text, ("Allow", ", ".join(allowed)))


def _too_many(text: str, wait: float) -> PushAnswer:
    return PushAnswer(HTTPStatus.TOO_MANY_REQUESTS, text, ("Retry-After", str(ceil(wait))))
