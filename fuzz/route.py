"""An HTTP request as it comes over the wire, to any route; those below /task/ are what it is about."""

from __future__ import annotations

import logging
from html import escape
from html.parser import HTMLParser
from itertools import count
from urllib.parse import quote, unquote_to_bytes

import orjson

from fuzz.exchange import Answer, Exchange
from fuzz.past import LISTINGS, NOW, TROUBLED, PastData
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.urls import mask
from py_pinger.web import LoginState, PageSettings, create_app
from py_pinger.web.pages.task_lookup import TaskIndex
from py_pinger.web.security.access import DEFAULT, Access

_URLS = [snapshot.url for snapshot in LISTINGS]

# All that an answer may say in its head; 304 and refusals by the server itself say less.
_HEADERS = frozenset(
    {
        "accept-ranges",
        "allow",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-range",
        "content-security-policy",
        "content-type",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "etag",
        "last-modified",
        "location",
        "referrer-policy",
        "retry-after",
        "vary",
        "via",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
    }
)
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TROUBLE = 500
_STATUSES = frozenset({200, 206, 302, 304, 400, 401, 404, 405, 413, 416, 421, 429, _TROUBLE})

_PASSWORD = "Zq8vXw3kNt6m"  # noqa: S105 - planted, and in no word list


class _Faults(logging.Handler):
    """Keeps what the app would only log: faults of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.seen.append(record.exc_info[1])

    def check(self) -> None:
        """Raise the first one, if there was any."""
        if self.seen:
            raise self.seen.pop()


class _Tags(HTMLParser):
    """Looks for what could only have come from a request or a task."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert tag != "script" or "src" in names, "a script inside the page"
        assert not any(name.startswith("on") for name in names), f"{tag} with code in it"
        for name, value in attrs:
            here = (value or "").lower().strip()
            assert name not in {"href", "src", "action"} or not here.startswith(
                ("javascript:", "data:", "//")
            )


def _exchange(access: Access = DEFAULT) -> Exchange:
    hours = count(step=3600)  # so that nobody has to wait after a wrong password
    return Exchange(
        create_app(
            PastData(), PageSettings(_URLS, access=access), lambda: NOW, LoginState(lambda: next(hours))
        )
    )


def _listen() -> _Faults:
    faults = _Faults()
    log = logging.getLogger("py_pinger.web.pages.error_pages")
    log.handlers, log.propagate = [faults], False
    for name in ("waitress", "py_pinger.web.security.authenticator"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return faults


_FAULTS = _listen()
_OPEN = _exchange()
_LOCKED = _exchange(Access(password=_PASSWORD))


def check(data: bytes) -> None:
    """Fail unless the answer is whole, safe, and the one that the request's URL asks for."""
    whole = data + (b"" if b"host:" in data.lower() else b"\r\nHost: localhost") + b"\r\n\r\n"
    answer, locked = _OPEN.answer(whole), _LOCKED.answer(whole)
    _FAULTS.check()
    if answer is not None:
        _check_headers(answer)
        _check_content(answer)
    if locked is not None:
        _check_headers(locked)
        _check_locked(locked)
    _check_index(data)


def _check_headers(answer: Answer) -> None:
    """Hold the head to our own headers, each once, among them those that protect what is answered."""
    names = [name.lower() for name in answer.headers.keys()]  # noqa: SIM118 - a message is no dictionary
    assert answer.status in _STATUSES
    assert set(names) <= _HEADERS, sorted(set(names) - _HEADERS)
    assert len(names) == len(set(names)), names
    assert all((answer.headers[name] or "").startswith(text) for name, text in _SECURITY.items())
    assert not any(sign in value for value in answer.headers.values() for sign in "\r\n\0")


def _check_locked(answer: Answer) -> None:
    """Assert that nobody is told anything, but for style and icons: none of the requests has the password."""
    decorations = answer.path.startswith(("/static/", "/favicon.ico"))
    assert decorations or answer.status in {400, 401, 421, 429}, "let in without the password"


def _check_content(answer: Answer) -> None:
    """Read what came back: JSON is JSON, a page holds no code but ours, trouble is that of a task."""
    kind = answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
    text = answer.body.decode()
    if kind == "text/html":
        _Tags().feed(text)
    if answer.body and kind == "application/json":
        orjson.loads(text)
    if answer.status == _TROUBLE and answer.body:
        assert any(escape(url) in text for url in TROUBLED), "trouble of its own"


def _check_index(data: bytes) -> None:
    """Look for a URL that is monitored as it is, encoded, and with its slashes merged."""
    target = data.partition(b"/task/")[2].split(b" HTTP/")[0]
    url = mask(unquote_to_bytes(target).decode("utf-8", "replace"))
    if url_problem(url):
        return
    for urls in ([url], [*_URLS, url]):
        index = TaskIndex(urls)
        assert index.find(url) == url, "is not found as it is"
        assert index.find(quote(url, safe="")) == url, "is not found encoded"
        merged = url.replace("://", ":/", 1)
        assert index.find(merged) in {url, None, *_URLS}
    assert TaskIndex([url]).find(url.replace("://", ":/", 1)) == url, "is not found with its slashes merged"
