"""Sends requests to the API of a server, with a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError

import orjson

from py_pinger import __version__
from py_pinger.cli.bounded_http import TooLargeError, fetch
from py_pinger.cli.exits import CannotStart, UsageProblem
from py_pinger.cli.tasks.server_client import connection_cause
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.formatting import clean, http_status
from py_pinger.core.text.system_error import system_cause
from py_pinger.core.text.urls import mask

VARIABLE: Final = "PINGER_TOKEN"

# Characters of an error of the server that a message quotes.
_QUOTED: Final = 300

# What a response without a body stands for.
_DONE: Final[Mapping[str, Any]] = {"data": None}


@dataclass(frozen=True, slots=True)
class ApiClient:
    """The address of a Py Pinger, and the token for it."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def at(cls, url: str, token_file: Path | None, environ: Mapping[str, str]) -> ApiClient:
        """Return the client of a server, with its token from a file or the environment.

        Raises UsageProblem if the address is wrong, or if there is no token.
        """
        if why := url_problem(url):
            raise UsageProblem(f"--server: {mask(url)} {why}; use for example https://pinger.example.com.")
        if mask(url) != url:
            raise UsageProblem(
                "--server contains a secret, which everyone on this machine could read; set"
                f" {VARIABLE} to a token instead."
            )
        token = _read_token(token_file) if token_file else environ.get(VARIABLE, "").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise UsageProblem(
                f"A token is needed; set {VARIABLE}, or write it into a file for --token-file."
                " `pinger token NAME --write` creates one."
            )
        return cls(url.rstrip("/"), token)

    def send(
        self,
        method: str,
        path: str,
        values: Mapping[str, object] | None = None,
        expected: int | None = None,
    ) -> Mapping[str, Any]:
        """Return the JSON object that the server responds with; nothing for the `expected` status.

        Raises CannotStart with a sentence if the server rejects the request, or cannot be reached.
        """
        body = None if values is None else orjson.dumps(values)
        try:
            return _parse(fetch(f"{self.url}{path}", self._headers(body), body, method))
        except HTTPError as error:
            with error:
                if error.code == expected:
                    return {}
                raise CannotStart(f"No changes were made: {_sentence(error)}") from None
        except TooLargeError:
            raise CannotStart(f"No changes were made: the response of {self.url} is too large.") from None
        except (OSError, HTTPException) as error:
            why = connection_cause(error)
            raise CannotStart(f"No changes were made: cannot connect to {self.url}: {why}.") from None
        except (ValueError, TypeError):
            raise CannotStart(f"No changes were made: {self.url} is not a Py Pinger server.") from None

    def _headers(self, body: bytes | None) -> Mapping[str, str]:
        headers = {
            "User-Agent": f"py-pinger/{__version__}",
            "Accept": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        return headers if body is None else headers | {"Content-Type": "application/json"}


def _read_token(file: Path) -> str:
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = system_cause(error) if isinstance(error, OSError) else "it is not text"
        raise UsageProblem(f"--token-file: cannot read {clean(str(file))}: {why}.") from None
    return lines[0].strip()


def _parse(body: bytes) -> Mapping[str, Any]:
    found = orjson.loads(body) if body else _DONE
    if not isinstance(found, dict):
        raise TypeError
    return found


def _sentence(error: HTTPError) -> str:
    """Return what the server says is wrong."""
    try:
        return clean(orjson.loads(error.read(_QUOTED * 10))["error"], _QUOTED)
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        return f"the server responded with {http_status(error.code)}."
