"""The web server of a running Py Pinger, asked for its tasks."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from socket import gaierror
from typing import Final, cast, get_args, get_type_hints
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import orjson

from py_pinger import __version__
from py_pinger.cli.snapshot import Snapshot, Unavailable
from py_pinger.core.text.formatting import http_status
from py_pinger.web.view.task_row import TaskRow

# Seconds that the server may keep silent.
TIMEOUT: Final = 5

_LOCKED, _GUESSED = 401, 429
_HINTS: Final = get_type_hints(TaskRow)
_TEXTS: Final = frozenset(key for key, kind in _HINTS.items() if kind in {str, str | None})
_MOMENTS: Final = frozenset(key for key, kind in _HINTS.items() if datetime in get_args(kind))


class _NoRedirect(HTTPRedirectHandler):
    """Takes a redirect for an answer like any other, so that no password follows it to another host."""

    def redirect_request(self, *_: object) -> None:
        """Go nowhere."""


class Server:
    """Asked at `url` for `/`, with a password where there is one.

    The standard library asks: the client that tasks are asked with has threads, which a command that ends at
    once would tear down in the middle of their work.
    """

    def __init__(self, url: str, password: str | None) -> None:
        self.url = f"{url.rstrip('/')}/"
        self._headers = _headers(password)
        self._locked = "wants a password" if password is None else "takes another password"
        # The way to a machine's own server leads past its proxy.
        self._opener = build_opener(ProxyHandler({}), _NoRedirect)

    def look(self) -> Snapshot | Unavailable:
        """Return how the tasks are by the server, or why it does not tell."""
        try:
            with self._opener.open(Request(self.url, headers=self._headers), timeout=TIMEOUT) as answer:  # noqa: S310 - its scheme has been looked at
                body = answer.read()
        except HTTPError as refusal:
            refusal.close()
            return self._refused(refusal.code)
        except (OSError, HTTPException) as error:
            return Unavailable(f"no server answers at {self.url}: {_trouble(error)}")
        return self._read(body)

    def _read(self, body: bytes) -> Snapshot | Unavailable:
        try:
            rows = tuple(_row(each) for each in orjson.loads(body)["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return Unavailable(f"what answers at {self.url} is no Py Pinger")
        now = datetime.now(UTC)
        return Snapshot("server", self.url, now, now, rows)

    def _refused(self, status: int) -> Unavailable:
        if status == _LOCKED:
            return Unavailable(f"the server at {self.url} {self._locked}", locked=True)
        if status == _GUESSED:
            return Unavailable(f"the server at {self.url} was given too many wrong passwords: wait a while")
        return Unavailable(f"the server at {self.url} answered {http_status(status)}")


def _headers(password: str | None) -> Mapping[str, str]:
    usual = {"User-Agent": f"py-pinger/{__version__}", "Accept": "application/json"}
    if password is None:
        return usual
    return usual | {"Authorization": f"Basic {b64encode(f'pinger:{password}'.encode()).decode()}"}


def _trouble(error: OSError | HTTPException) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case TimeoutError():
            return f"no answer within {TIMEOUT} s"
        case gaierror():
            return "no such host"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid ({reason.verify_message})"
        case ssl.SSLError():
            return "it does not speak TLS"
        case OSError(strerror=str(said)):
            return said.lower()
        case _:
            return "what answers there is not HTTP"


def _row(told: Mapping[str, object]) -> TaskRow:
    """Return a task as the server tells of it; what another version does not tell is not known.

    Raises ValueError, KeyError, TypeError or AttributeError where it is nothing of the kind.
    """
    empty = dict.fromkeys(_HINTS) | {"warnings": (), "errors": 0, "pings": 0}
    known = {key: value for key, value in told.items() if key in _HINTS}
    row = empty | {key: _moment(value) if key in _MOMENTS else value for key, value in known.items()}
    if row["url"] is None or row["status"] is None:
        raise TypeError
    if not all(isinstance(row[key], str | None) for key in _TEXTS):
        raise TypeError
    return cast("TaskRow", row)


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
