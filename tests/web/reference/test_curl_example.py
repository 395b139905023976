"""The command lines with curl, as a shell and curl read them."""

from __future__ import annotations

from shlex import split
from typing import Any

import pytest

from py_pinger.web.reference.curl_example import curl_example

ROOT = "http://localhost:3002"
URL = {"name": "url", "in": "path", "example": "https://my-backend.com/task 1"}
DAYS = {"name": "days", "in": "query", "example": 30}
SIZE = {"name": "size", "in": "query"}
FORM = {"application/x-www-form-urlencoded": {"example": {"for": "60", "why": "it's planned"}}}
LOG = {"text/plain": {"example": "a log"}}
JSON = {"text/plain": {}, "application/json": {"example": {"status": "ok"}}}


def words_of(line: str) -> list[str]:
    """Return the words of a command line, as a shell does."""
    return split(line.replace("\\\n", ""))


@pytest.mark.parametrize(
    ("method", "path", "parameters", "content", "words"),
    [
        ("get", "/", [SIZE], {}, ["/"]),
        (
            "get",
            "/history/{url}",
            [URL, DAYS],
            {},
            ["/history/https%3A%2F%2Fmy-backend.com%2Ftask%201?days=30"],
        ),
        ("post", "/ping/x", [], {}, ["/ping/x", "--request", "POST"]),
        (
            "post",
            "/silence/x",
            [],
            FORM,
            ["/silence/x", "--data-urlencode", "for=60", "--data-urlencode", "why=it's planned"],
        ),
        (
            "post",
            "/x",
            [],
            JSON,
            ["/x", "--header", "Content-Type: application/json", "--data", '{"status":"ok"}'],
        ),
        ("post", "/x", [], LOG, ["/x", "--header", "Content-Type: text/plain", "--data", "a log"]),
    ],
)
def test_curl_example(
    method: str,
    path: str,
    parameters: list[dict[str, Any]],
    content: dict[str, Any],
    words: list[str],
) -> None:
    """The examples of the document are in the URL and in the body, quoted for a shell."""
    line = curl_example(method, ROOT + path, parameters, content)
    assert words_of(line) == ["curl", ROOT + words[0], *words[1:]]


def test_a_header_is_sent() -> None:
    """A header that a route requires follows the URL."""
    line = curl_example("post", f"{ROOT}/report/x", [], JSON, ["Authorization: Bearer KEY"])
    assert words_of(line)[2:4] == ["--header", "Authorization: Bearer KEY"]
