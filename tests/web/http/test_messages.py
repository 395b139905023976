"""Requests that no browser sends."""

from collections.abc import Callable

import pytest
from flask import Flask
from orjson import loads

from py_pinger.core.text.json_format import to_json
from py_pinger.web.http import messages


@pytest.mark.parametrize("path", ["/", "/incidents", "/healthz", "/incidents.atom"])
@pytest.mark.parametrize("query", ["\xfb=q&status=ok", "q=\xff\xfe", "format=\x80json"])
def test_bytes_that_are_not_text_cause_no_internal_error(
    app_for: Callable[..., Flask], path: str, query: str
) -> None:
    """A query string with raw bytes that are not UTF-8 is answered like any other."""
    answer = app_for().test_client().get(path, environ_overrides={"QUERY_STRING": query})
    assert answer.status_code == 200


def test_a_host_that_cannot_be_one_is_refused(app_for: Callable[..., Flask]) -> None:
    """A browser that names a host no name can have is refused in JSON, since a page has links to the host."""
    browser = {"Accept": "text/html", "Host": f"{'a' * 64}.localhost"}
    answer = app_for().test_client().get("/healthz", headers=browser)
    assert (answer.status_code, list(loads(answer.data))) == (400, ["error"])
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_a_list_is_written_in_portions(
    app_for: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """However many rows there are, the response is the one that all at once would make."""
    monkeypatch.setattr(messages, "PORTION", 2)
    rows = [{"row": each} for each in range(number)]
    with app_for().test_request_context():
        response = messages.as_json_list(iter(rows))
    assert response.data == to_json({"data": rows}) + b"\n"
    assert (response.mimetype, response.headers["Vary"]) == ("application/json", "Accept")
