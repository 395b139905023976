"""Reads the tasks from the web server of a running Py Pinger."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from socket import gaierror
from typing import Final, cast, get_args, get_type_hints
from urllib.error import HTTPError, URLError

import orjson

from py_pinger import __version__
from py_pinger.cli.bounded_http import MAX_BYTES, TooLargeError, fetch
from py_pinger.cli.tasks.snapshot import Snapshot, Unavailable
from py_pinger.core.text.formatting import http_status
from py_pinger.core.text.system_error import system_cause
from py_pinger.web.view.task_row import TaskRow

_UNAUTHORIZED, _NOT_FOUND, _TOO_MANY_REQUESTS = 401, 404, 429
_HINTS: Final = get_type_hints(TaskRow)
_TEXTS: Final = frozenset(key for key, kind in _HINTS.items() if kind in {str, str | None})
_TIMES: Final = frozenset(key for key, kind in _HINTS.items() if datetime in get_args(kind))


class ServerClient:
    """Requests pages of the server at `url`, with a password if one is given."""

    def __init__(self, url: str, password: str | None) -> None:
        self.url = f"{url.rstrip('/')}/"
        self._headers = _headers(password)
        self._unauthorized = "requires a password" if password is None else "rejected the password"

    def read(self) -> Snapshot | Unavailable:
        """Return the tasks as the server shows them, or why it does not."""
        body = self.fetch("")
        return body if isinstance(body, Unavailable) else self._parse(body)

    def fetch(self, path: str) -> bytes | Unavailable:
        """Return what the server has at a path, without a slash at its start, or why it does not."""
        try:
            return fetch(f"{self.url}{path}", self._headers)
        except HTTPError as error:
            error.close()
            return self._rejected(error.code)
        except TooLargeError:
            return Unavailable(f"the response of {self.url} is larger than {MAX_BYTES // 2**20} MiB")
        except (OSError, HTTPException) as error:
            return Unavailable(f"cannot connect to {self.url}: {connection_cause(error)}")

    def _parse(self, body: bytes) -> Snapshot | Unavailable:
        try:
            rows = tuple(_row(each) for each in orjson.loads(body)["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return Unavailable(f"{self.url} is not a Py Pinger server")
        now = datetime.now(UTC)
        return Snapshot("server", self.url, now, now, rows)

    def _rejected(self, status: int) -> Unavailable:
        if status == _UNAUTHORIZED:
            return Unavailable(f"the server at {self.url} {self._unauthorized}", needs_password=True)
        if status == _TOO_MANY_REQUESTS:
            return Unavailable(f"the server at {self.url} received too many wrong passwords; try again later")
        why = f"the server at {self.url} responded with {http_status(status)}"
        return Unavailable(why, is_missing=status == _NOT_FOUND)


def _headers(password: str | None) -> Mapping[str, str]:
    usual = {"User-Agent": f"py-pinger/{__version__}", "Accept": "application/json"}
    if password is None:
        return usual
    return usual | {"Authorization": f"Basic {b64encode(f'pinger:{password}'.encode()).decode()}"}


def connection_cause(error: OSError | HTTPException) -> str:
    """Return why an exchange with a server failed."""
    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case TimeoutError():
            return "no complete response in time"
        case gaierror():
            return "unknown host"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid ({reason.verify_message})"
        case ssl.SSLError():
            return "the server does not use TLS"
        case OSError() if not isinstance(reason, HTTPException):
            return system_cause(reason).lower()
        case _:
            return "the response is not HTTP"


def _row(fields: Mapping[str, object]) -> TaskRow:
    """Return a task as the server describes it; keys that its version does not have are None.

    Raises ValueError, KeyError, TypeError or AttributeError if the fields do not describe a task.
    """
    empty = dict.fromkeys(_HINTS) | {"warnings": (), "errors": 0, "pings": 0}
    known = {key: value for key, value in fields.items() if key in _HINTS}
    row = empty | {key: _time(value) if key in _TIMES else value for key, value in known.items()}
    if row["url"] is None or row["status"] is None:
        raise TypeError
    if not all(isinstance(row[key], str | None) for key in _TEXTS):
        raise TypeError
    return cast("TaskRow", row)


def _time(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
