"""One POST over HTTP. Loaded with the first push: urllib and ssl cost 40 ms and 8 MB."""

from __future__ import annotations

from functools import lru_cache
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from pinger_report import __version__
from pinger_report.push import NO_RESPONSE, PushResult
from pinger_report.warn import cause_of

# Answers after which another try may succeed: timeout, too many requests, and all errors of the server.
_TRY_LATER = {408, 429}
_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
_BAD_REQUEST = 400

# Bytes of an answer that are shown.
_SENTENCE_LENGTH = 300


class _NoRedirects(HTTPRedirectHandler):
    """Follow no redirect: urllib would GET the new address, which reports a success."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Return no further request."""


@lru_cache(maxsize=1)
def _opener() -> OpenerDirector:
    """Return what opens addresses; from Python 3.12 on it reads the certificate authorities, for 50 ms."""
    return build_opener(_NoRedirects)


def post(address: str, body: str, content_type: str, seconds: float) -> PushResult:
    """POST a body; each step of the exchange may take so many seconds. Never raises."""
    headers = {"Content-Type": content_type, "User-Agent": f"pinger-report/{__version__}"}
    try:
        request = Request(address, body.encode("utf-8", "replace"), headers, method="POST")  # noqa: S310 - the caller checks it
        with _opener().open(request, timeout=seconds):
            return PushResult(accepted=True)
    except HTTPError as error:
        with error:
            return _refused(error)
    except URLError as error:
        return _failed(error.reason if isinstance(error.reason, BaseException) else error)
    except Exception as error:  # noqa: BLE001 - a broken answer, or an address that urllib rejects
        return _failed(error)


def _refused(error: HTTPError) -> PushResult:
    again = error.code in _TRY_LATER or error.code >= _SERVER_ERROR
    hint = "; correct the push address, which is redirected" if error.code in _REDIRECTS else ""
    if error.code == _BAD_REQUEST:
        hint = _sentence(error)
    return PushResult(accepted=False, again=again, why=f"HTTP {error.code}{hint}")


def _sentence(error: HTTPError) -> str:
    """Return what Py Pinger says is wrong with a report, as text for a log."""
    try:
        text = error.read(_SENTENCE_LENGTH).decode("utf-8", "replace").strip()
    except (OSError, HTTPException):
        return ""
    is_text = error.headers.get_content_type() == "text/plain"
    return f": {text}" if text and is_text and text.isprintable() else ""


def _failed(error: BaseException) -> PushResult:
    # Before Python 3.10 the timeout of a socket has a class that is not TimeoutError.
    timed_out = isinstance(error, TimeoutError) or type(error).__name__ == "timeout"
    return NO_RESPONSE if timed_out else PushResult(accepted=False, again=True, why=cause_of(error))
