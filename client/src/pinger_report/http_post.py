"""One POST over HTTPS or by a proxy. Loaded with the first such push: urllib and ssl cost 40 ms and 10 MB."""

from __future__ import annotations

from functools import lru_cache
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from pinger_report import __version__
from pinger_report.push import PushResult
from pinger_report.push_answer import ACCEPTED, SENTENCE_LENGTH, failed, refused


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
            return ACCEPTED
    except HTTPError as error:
        with error:
            return refused(error.code, _text(error))
    except URLError as error:
        return failed(error.reason if isinstance(error.reason, BaseException) else error)
    except Exception as error:  # noqa: BLE001 - a broken answer, or an address that urllib rejects
        return failed(error)


def _text(error: HTTPError) -> bytes:
    """Return the start of the answer if it is plain text."""
    if error.headers.get_content_type() != "text/plain":
        return b""
    try:
        return error.read(SENTENCE_LENGTH)
    except (OSError, HTTPException):
        return b""
