"""CSRF tokens of forms."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from py_pinger.web.security.csrf import CsrfToken


@pytest.mark.parametrize(
    ("about", "site", "proven"),
    [
        ("a", None, True),
        ("a", "same-origin", True),
        ("a", "none", True),
        ("a", "same-site", False),
        ("a", "cross-site", False),
        ("b", None, False),
    ],
)
def test_token(about: str, site: str | None, proven: bool) -> None:  # noqa: FBT001 - a column of the table
    """A token is valid for its subject, unless the browser says that a page of another site sent it."""
    csrf = CsrfToken()
    headers = Headers({"Sec-Fetch-Site": site} if site else {})
    assert csrf.verify(about, csrf.issue("a"), headers) is proven


def test_a_token_belongs_to_its_process() -> None:
    """A token of another process is as invalid as any other text."""
    for token in (CsrfToken().issue("a"), "", "é"):
        assert not CsrfToken().verify("a", token, Headers())
