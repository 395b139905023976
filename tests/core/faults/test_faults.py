"""What exactly is wrong, and what to do: each row is a response, its reason and its remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import NoResponse, ProbeFailure, Response
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.task import Expectations
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.times import ZERO

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SOUND = {"status": "ok", "lastrun": "2026-11-30T11:58:00Z", "frequency": 10}

DJANGO_DEBUG = b"""<!DOCTYPE html><html lang="en"><head><title>DisallowedHost at /</title>
<style>body { color: #000 }</style></head><body><h1>DisallowedHost <span>at /</span></h1>
<pre>Invalid HTTP_HOST header: &#x27;app:8000&#x27;.
You may need to add &#x27;app&#x27; to ALLOWED_HOSTS.</pre>
</body></html>"""
DJANGO = b"""
<!doctype html>
<html lang="en"><head><title>Bad Request (400)</title></head>
<body><h1>Bad Request (400)</h1><p></p></body></html>"""
LOGIN = b"<!doctype html><html><head><title>Sign in</title></head><body><form></form></body></html>"
NGINX = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body></html>"""


def page(**keys: object) -> bytes:
    """Return a sound page with other keys; those that are `...` are left out."""
    return orjson.dumps({key: value for key, value in (SOUND | keys).items() if value is not ...})


PAGES = [
    (b" ", "the page is empty", FaultCode.EMPTY_PAGE, "return an object such as"),
    (
        LOGIN,
        'the page is not JSON but HTML, titled "Sign in"',
        FaultCode.HTML_PAGE,
        "return JSON at this URL, or correct the URL",
    ),
    (
        b"<p>hi",
        "the page is not JSON but HTML",
        FaultCode.HTML_PAGE,
        "`pinger look URL` prints a [page NAME]",
    ),
    ("Störung".encode("latin-1"), "it is not text in UTF-8", FaultCode.NOT_UTF_8, "encode the page in UTF-8"),
    (b"{'status': 'ok'}", "the page is not JSON: ", FaultCode.PYTHON_PAGE, "write the page with json.dumps"),
    (b'{"status": "ok",}', "the page is not JSON: ", FaultCode.NOT_JSON, "correct the JSON of the page"),
    (
        b'[{"name": "a", "lastrun": 1}]',
        "the page is not a JSON object but [",
        FaultCode.TASK_LIST,
        "to monitor each item of this list as a task, `pinger look URL` prints a [page NAME] section for it",
    ),
    (b"[1]", "the page is not a JSON object but [1]", FaultCode.NOT_AN_OBJECT, "return an object such as"),
    (
        page(status="success"),
        "neither ok nor error",
        FaultCode.STATUS_MEANING,
        'write "ok" instead of "success"',
    ),
    (page(status=True), "neither ok nor error", FaultCode.STATUS_MEANING, 'write "ok" instead of true'),
    (page(status=0), "neither ok nor error", FaultCode.STATUS_MEANING, 'write "error" instead of 0'),
    (page(status="FAILED"), "neither ok nor", FaultCode.STATUS_MEANING, 'write "error" instead of "FAILED"'),
    (page(status="hm"), 'status "hm" is neither', FaultCode.STATUS_WORD, 'write "ok" or "error"'),
    (page(status=[1]), "status [1] is neither", FaultCode.STATUS_WORD, 'write "ok" or "error"'),
    (page(lastrun=...), "the page has no lastrun", FaultCode.MISSING_KEY, "add lastrun to the page"),
    (
        page(lastrun=..., last_run="2026-11-30T11:58:00Z"),
        'the page has no lastrun; did you mean "last_run"?',
        FaultCode.MISSPELLED_KEY,
        'rename "last_run" to "lastrun"',
    ),
    (
        page(status=..., Status="ok"),
        'the page has no status; did you mean "Status"?',
        FaultCode.MISSPELLED_KEY,
        'rename "Status" to "status"',
    ),
    (page(lastrun="soon"), "is not a date and time", FaultCode.TIME_NOTATION, "write it in ISO 8601 and UTC"),
    (page(lastrun="11:58"), "does not name year", FaultCode.TIME_INCOMPLETE, "write it in ISO 8601 and UTC"),
    (page(lastrun="05/06/2026 11:58"), "could be", FaultCode.TIME_ORDER, "write it in ISO 8601 and UTC"),
    (page(lastrun="2026-11-30 11:58 CET"), "by letters", FaultCode.TIME_ZONE, "write Z or an offset"),
    (page(lastrun="2026-11-30T11:58:00 Mars/Base"), "time zone", FaultCode.TIME_ZONE, "write Z or an offset"),
    (
        page(lastrun=1796039880000),
        "lastrun 1796039880000 is out of range for Unix seconds",
        FaultCode.TIME_MILLISECONDS,
        "write seconds: if these are milliseconds, divide them by 1000",
    ),
    (page(started="soon"), 'started "soon" is not', FaultCode.TIME_NOTATION, "write it in ISO 8601 and UTC"),
    (page(frequency="often"), 'frequency "often" is not', FaultCode.MINUTES, "ISO 8601 such as PT1H"),
    (
        page(frequency="P1M"),
        'frequency "P1M" is not',
        FaultCode.MINUTES,
        "write minutes as a number such as 60",
    ),
    (
        page(runtime="long"),
        'runtime "long" is not',
        FaultCode.MINUTES,
        "write minutes as a number such as 60",
    ),
    (page(schedule="0 2 * * *", timezone="CEST"), "timezone", FaultCode.ZONE_NAME, "such as Europe/Berlin"),
]


@pytest.mark.parametrize(("body", "reason", "code", "remedy"), PAGES)
def test_a_page_that_breaks_the_contract(body: bytes, reason: str, code: FaultCode, remedy: str) -> None:
    """The reason says what is wrong, and the remedy what to write instead."""
    verdict = evaluate(Response(200, body, ZERO), NOW, ZERO)
    assert verdict.fault is not None
    assert (verdict.fault.code, reason in (verdict.reason or "")) == (code, True), verdict.reason
    assert remedy in (remedy_of(verdict.fault) or "")


def test_another_frequency_than_expected() -> None:
    """Both places where the frequency stands are named."""
    terms = Expectations(timedelta(minutes=60))
    verdict = evaluate(Response(200, page(), ZERO), NOW, ZERO, terms)
    assert verdict.fault == Fault(FaultCode.OTHER_FREQUENCY)


NOT_ALLOWED = (
    "DisallowedHost at / Invalid HTTP_HOST header: 'app:8000'. You may need to add 'app' to ALLOWED_HOSTS."
)

STATUSES = [
    (300, b"", "HTTP 300 Multiple Choices", FaultCode.NO_LOCATION),
    (400, b'{"error": "no"}', 'HTTP 400 Bad Request: {"error": "no"}', FaultCode.BAD_REQUEST),
    (
        400,
        DJANGO_DEBUG,
        f"HTTP 400 Bad Request: {NOT_ALLOWED}",
        FaultCode.DJANGO_HOST,
    ),
    (400, DJANGO, "HTTP 400 Bad Request", FaultCode.DJANGO_BAD_REQUEST),
    (401, b"", "HTTP 401 Unauthorized", FaultCode.UNAUTHORIZED),
    (403, b"<h1>CSRF</h1>", "HTTP 403 Forbidden: CSRF", FaultCode.FORBIDDEN),
    (404, b"Not Found", "HTTP 404 Not Found", FaultCode.NOT_FOUND),
    (404, page(), "HTTP 404 Not Found", FaultCode.NOT_FOUND),
    (405, b"", "HTTP 405 Method Not Allowed", FaultCode.METHOD),
    (406, b"", "HTTP 406 Not Acceptable", FaultCode.NOT_ACCEPTABLE),
    (407, b"", "HTTP 407 Proxy Authentication Required", FaultCode.PROXY_UNAUTHORIZED),
    (408, b"", "HTTP 408 Request Timeout", FaultCode.SLOW_REQUEST),
    (418, b"", "HTTP 418 I'm a Teapot", FaultCode.CLIENT_ERROR),
    (419, b"", "HTTP 419", FaultCode.UNAUTHORIZED),
    (421, b"", "HTTP 421 Misdirected Request", FaultCode.MISDIRECTED),
    (429, b"", "HTTP 429 Too Many Requests", FaultCode.RATE_LIMITED),
    (500, b"disk full\n", "HTTP 500 Internal Server Error: disk full", FaultCode.SERVER_ERROR),
    (500, page(reason="disk full"), "HTTP 500 Internal Server Error: disk full", FaultCode.SERVER_ERROR),
    (502, NGINX, "HTTP 502 Bad Gateway", FaultCode.BAD_GATEWAY),
    (503, b"\x89PNG", "HTTP 503 Service Unavailable", FaultCode.UNAVAILABLE),
    (504, b"", "HTTP 504 Gateway Timeout", FaultCode.GATEWAY_TIMEOUT),
    (511, b"", "HTTP 511 Network Authentication Required", FaultCode.PORTAL),
    (600, b"", "HTTP 600", FaultCode.ODD_STATUS),
]


@pytest.mark.parametrize(("status", "body", "reason", "code"), STATUSES)
def test_a_status_that_is_not_a_success(status: int, body: bytes, reason: str, code: FaultCode) -> None:
    """The reason has the beginning of the page, unless that only repeats the status or is a report."""
    verdict = evaluate(Response(status, body, ZERO), NOW, ZERO)
    assert (verdict.reason, verdict.fault) == (reason, Fault(code))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("120", Fault(FaultCode.RETRY_AFTER, "2 min")),
        ("Mon, 30 Nov 2026 12:00:30 GMT", Fault(FaultCode.RETRY_AFTER, "30 s")),
        ("Mon, 30 Nov 2026 11:00:00 GMT", Fault(FaultCode.UNAVAILABLE)),
        ("0", Fault(FaultCode.UNAVAILABLE)),
        ("9" * 30, Fault(FaultCode.RETRY_AFTER, "1 d")),
        ("soon", Fault(FaultCode.UNAVAILABLE)),
    ],
)
def test_retry_after(value: str, fault: Fault) -> None:
    """A server may say for how long it wants no request, in seconds or as a date."""
    assert evaluate(Response(503, b"", ZERO, {"retry-after": value}), NOW, ZERO).fault == fault


@pytest.mark.parametrize(
    ("place", "body", "code"),
    [
        ("/login", b"<html>", FaultCode.LOGIN_PAGE),
        ("/welcome", LOGIN, FaultCode.LOGIN_PAGE),
        ("https://id.example/oauth2/start", b"<html>", FaultCode.LOGIN_PAGE),
        ("/home", b"<html>", FaultCode.REDIRECTED_PAGE),
    ],
)
def test_a_redirect_to_html(place: str, body: bytes, code: FaultCode) -> None:
    """The reason names where the redirect leads; a login page needs [token_auth]."""
    verdict = evaluate(Response(200, body, ZERO, redirected=place), NOW, ZERO)
    assert (verdict.reason or "").startswith(f"redirected to {place}, which is HTML, not JSON")
    assert verdict.fault == Fault(code, place)
    assert "[token_auth]" in (remedy_of(verdict.fault) or "")


def test_a_redirect_to_json_that_is_not_a_report() -> None:
    """Only HTML is taken for a page that is not the task's."""
    verdict = evaluate(Response(200, b"[]", ZERO, redirected="/login"), NOW, ZERO)
    assert verdict.fault == Fault(FaultCode.NOT_AN_OBJECT)


@pytest.mark.parametrize("failure", [each for each in ProbeFailure if each is not ProbeFailure.LOCAL])
def test_no_response(failure: ProbeFailure) -> None:
    """The fault is the exact one if it is known, else that of the failure's name."""
    assert evaluate(NoResponse(failure, "x", ZERO), NOW, ZERO).fault == Fault(FaultCode(failure))
    exact = Fault(FaultCode.CERTIFICATE_EXPIRED)
    assert evaluate(NoResponse(failure, "x", ZERO, fault=exact), NOW, ZERO).fault == exact


def test_an_own_failure_is_not_the_tasks() -> None:
    """What fails on this machine puts no task in error; its reason says what to do."""
    assert evaluate(NoResponse(ProbeFailure.LOCAL, "no ports", ZERO), NOW, ZERO).fault is None


SHORT = Expectations(least_runtime=timedelta(minutes=5), short_run_is_error=True)

TASKS = [
    (page(status="error", reason="disk full"), Expectations(), Fault(FaultCode.REPORTED)),
    (page(status="error"), Expectations(), Fault(FaultCode.NO_REASON)),
    (page(started="2026-11-30T11:57:59Z"), SHORT, Fault(FaultCode.SHORT_RUN)),
    (page(lastrun="2026-11-30T13:58:00Z"), Expectations(), Fault(FaultCode.CLOCK_AHEAD)),
    (
        page(lastrun="2026-11-30T12:58:00"),
        Expectations(),
        Fault(FaultCode.LOCAL_TIME, "UTC+01:00, as in Europe/Berlin"),
    ),
    (page(lastrun="2026-11-30T11:00:00Z"), Expectations(), Fault(FaultCode.LATE)),
    (page(started="2026-11-30T11:59:00Z", runtime=0.5), Expectations(), Fault(FaultCode.LONG_RUN)),
    (page(), Expectations(), None),
]


@pytest.mark.parametrize(("body", "expectations", "fault"), TASKS)
def test_a_task_that_fails(body: bytes, expectations: Expectations, fault: Fault | None) -> None:
    """Each cause of a valid report has its fault; a task that is ok has none."""
    assert evaluate(Response(200, body, ZERO), NOW, ZERO, expectations).fault == fault


def test_a_task_that_has_never_run() -> None:
    """After its deadline the fault is that it does not run at all."""
    never = Response(200, page(lastrun=None), ZERO)
    first = evaluate(never, NOW, ZERO)
    assert first.fault is None
    assert evaluate(never, NOW + timedelta(hours=1), ZERO, previous=first).fault == Fault(FaultCode.NEVER_RAN)
