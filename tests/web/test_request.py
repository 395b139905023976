"""Requests that no browser sends."""

from collections.abc import Callable

import pytest
from flask import Flask


@pytest.mark.parametrize("path", ["/", "/incidents", "/healthz", "/incidents.atom"])
@pytest.mark.parametrize("query", ["\xfb=q&status=ok", "q=\xff\xfe", "format=\x80json"])
def test_bytes_that_are_no_text_are_no_fault_of_ours(
    app_for: Callable[..., Flask], path: str, query: str
) -> None:
    """A query string with raw bytes that are no UTF-8 is answered like any other."""
    answer = app_for().test_client().get(path, environ_overrides={"QUERY_STRING": query})
    assert answer.status_code == 200
