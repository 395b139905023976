"""What exactly is wrong with a response that is not a report: by its status, its page and its redirects."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from py_pinger.core.model.check import Cause, InvalidReport, ItemList, Response, Status, TaskReport, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.probing.retry_after import requested_wait
from py_pinger.core.text.formatting import duration, http_status, quoted
from py_pinger.core.text.page_excerpt import excerpt, html_title, is_html

_CODES: Final = {
    400: FaultCode.BAD_REQUEST,
    401: FaultCode.UNAUTHORIZED,
    403: FaultCode.FORBIDDEN,
    404: FaultCode.NOT_FOUND,
    405: FaultCode.METHOD,
    406: FaultCode.NOT_ACCEPTABLE,
    407: FaultCode.PROXY_UNAUTHORIZED,
    408: FaultCode.SLOW_REQUEST,
    410: FaultCode.NOT_FOUND,
    415: FaultCode.NOT_ACCEPTABLE,
    419: FaultCode.UNAUTHORIZED,
    421: FaultCode.MISDIRECTED,
    429: FaultCode.RATE_LIMITED,
    440: FaultCode.UNAUTHORIZED,
    498: FaultCode.UNAUTHORIZED,
    502: FaultCode.BAD_GATEWAY,
    503: FaultCode.UNAVAILABLE,
    504: FaultCode.GATEWAY_TIMEOUT,
    511: FaultCode.PORTAL,
}
_CODES_OF_CLASSES: Final = {
    3: FaultCode.NO_LOCATION,
    4: FaultCode.CLIENT_ERROR,
    5: FaultCode.SERVER_ERROR,
}

# What Django says with and without DEBUG if it does not serve the host of a request.
_DJANGO_HOST: Final = b"ALLOWED_HOSTS"
_DJANGO_TITLE: Final = "Bad Request (400)"

_LOGIN: Final = re.compile(r"(?:log|sign)[-_ ]?(?:in|on)|sso|saml|oauth|openid|auth|session", re.IGNORECASE)


def wrong_status(status: int, report: TaskReport | InvalidReport | ItemList) -> Verdict:
    """Return the verdict on a status outside 200-299, with what a report says all the same."""
    reason = http_status(status)
    if isinstance(report, ItemList):
        return Verdict(Status.ERROR, Cause.HTTP, reason)
    return Verdict(
        Status.ERROR,
        Cause.HTTP,
        f"{reason}: {report.reason}" if report.reason else reason,
        process=report.process,
        server=report.server,
    )


def about_response(
    verdict: Verdict, response: Response, report: TaskReport | InvalidReport | ItemList, now: datetime
) -> Verdict:
    """Return a verdict of the cause `http` or `invalid` with its fault, and with what people need to see."""
    if verdict.cause is Cause.HTTP:
        return replace(
            verdict, reason=_with_page(verdict, response, report), fault=_fault_of_status(response, now)
        )
    if response.redirected and is_html(response.body):
        return _redirected(verdict, response.redirected, html_title(response.body))
    return verdict


def _with_page(verdict: Verdict, response: Response, report: TaskReport | InvalidReport | ItemList) -> str:
    """Return the reason; where the page is not a report and gives none, with its beginning."""
    reason = verdict.reason or ""
    if not isinstance(report, InvalidReport) or report.reason:
        return reason
    shown = excerpt(response.body)
    return f"{reason}: {shown}" if shown and not _repeats(shown, response.status) else reason


def _repeats(shown: str, status: int) -> bool:
    """Return True if a page says no more than its status does."""
    return set(re.findall(r"\w+", shown.lower())) <= set(re.findall(r"\w+", http_status(status).lower()))


def _fault_of_status(response: Response, now: datetime) -> Fault:
    status = response.status
    if status == HTTPStatus.BAD_REQUEST:
        return Fault(_code_of_bad_request(response.body))
    if wait := requested_wait(response.headers.get("retry-after", ""), now):
        return Fault(FaultCode.RETRY_AFTER, duration(wait))
    code = _CODES.get(status) or _CODES_OF_CLASSES.get(status // 100, FaultCode.ODD_STATUS)
    return Fault(code)


def _code_of_bad_request(body: bytes) -> FaultCode:
    if _DJANGO_HOST in body:
        return FaultCode.DJANGO_HOST
    is_django = is_html(body) and html_title(body) == _DJANGO_TITLE
    return FaultCode.DJANGO_BAD_REQUEST if is_django else FaultCode.BAD_REQUEST


def _redirected(verdict: Verdict, place: str, title: str) -> Verdict:
    called = f", titled {quoted(title)}" if title else ""
    reason = f"redirected to {place}, which is HTML, not JSON{called}"
    code = FaultCode.LOGIN_PAGE if _LOGIN.search(f"{place} {title}") else FaultCode.REDIRECTED_PAGE
    return replace(verdict, reason=reason, fault=Fault(code, place))
