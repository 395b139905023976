"""What the request of a push says: its task, the run, and the report or the log."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.push import PushedReport, PushKind
from py_pinger.core.model.task import Task
from py_pinger.core.push.document import read_document
from py_pinger.core.push.log_text import read_log
from py_pinger.core.push.protocol import PushTarget, is_uuid, read_ping, read_report_route
from py_pinger.core.push.routes import REPORT_ROUTE
from py_pinger.web.http.loop_app import LoopRequest
from py_pinger.web.push.push_answers import PushAnswer
from py_pinger.web.push.push_gate import NO_TARGET

_BEARER: Final = "bearer "
_JSON: Final = "application/json"


def target_of(request: LoopRequest) -> PushTarget:
    """Return the task that a request names, with the secret for it."""
    if request.path.startswith(REPORT_ROUTE):
        given = request.headers.get("AUTHORIZATION", "")
        key = given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else None
        return read_report_route(request.path, key) or NO_TARGET
    return read_ping(request.path) or NO_TARGET


def run_id_of(query: str) -> str | None:
    """Return the id of the run in a query, in one spelling; raises the answer if it is not a UUID."""
    has_id = "rid" in query or "%" in query
    given = parse_qs(query, keep_blank_values=True, errors="replace").get("rid") if has_id else None
    if given is None:
        return None
    if not is_uuid(given[-1]):
        raise PushAnswer(HTTPStatus.BAD_REQUEST, "invalid uuid format")
    return given[-1].lower()


def read_push(
    request: LoopRequest, body: bytes, at: datetime, task: Task, target: PushTarget, run_id: str | None
) -> PushedReport:
    """Return what a request says by its `body`; raises the answer if that is against the contract."""
    kind, code = target.kind, target.exit_code
    if not body:
        return PushedReport(task.url, kind, at, run_id, code)
    if kind is PushKind.LOG or not _is_json(request):
        return PushedReport(task.url, kind, at, run_id, code, log=read_log(body))
    said = read_document(body, at, task.expectations, healthy=kind is not PushKind.FAIL)
    if isinstance(said, InvalidReport):
        raise PushAnswer(HTTPStatus.BAD_REQUEST, said.problem)
    return PushedReport(task.url, kind, at, run_id, code, document=said[0], report=said[1])


def _is_json(request: LoopRequest) -> bool:
    return request.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == _JSON
