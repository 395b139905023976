"""Request heads that are none."""

import logging
import socket
from collections.abc import Callable
from http.client import HTTPResponse

import pytest
from flask import Flask
from orjson import loads

from py_pinger.web import WebServer


@pytest.mark.parametrize("target", ["http://x[task/http://b", "http://[::1/", "http://[x]y/"])
def test_a_target_that_is_no_url_is_refused(
    app_for: Callable[..., Flask],
    serve: Callable[..., WebServer],
    caplog: pytest.LogCaptureFixture,
    target: str,
) -> None:
    """The client hears that its request is none, and nothing of it reaches the log."""
    with socket.create_connection(("127.0.0.1", serve(app_for()).port), 10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, loads(answer.read())) == (
            400,
            {"error": "This is no request that HTTP knows."},
        )
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
