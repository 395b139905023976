"""What shows that a form is ours."""

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
def test_seal(about: str, site: str | None, proven: bool) -> None:  # noqa: FBT001 - a column of the table
    """A mark is good for what it is about, and not when the browser says that another site's page sent it."""
    seal = CsrfToken()
    headers = Headers({"Sec-Fetch-Site": site} if site else {})
    assert seal.proves(about, seal.mark("a"), headers) is proven


def test_a_mark_is_this_processes_own() -> None:
    """Neither another process's mark nor anything else is good."""
    for mark in (CsrfToken().mark("a"), "", "é"):
        assert not CsrfToken().proves("a", mark, Headers())
