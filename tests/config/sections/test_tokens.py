"""Tokens of single tasks beside the one of all."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.config import TokenAuth


def test_tokens(load_text: LoadText) -> None:
    """Each section is a token by its name; one that is not set up is left out, with a warning."""
    settings = load_text("[token_auth]\ntoken=t\n[token_auth a b]\ntoken=u\n[token_auth c]\ntoken=\n")
    assert settings.token_auth == TokenAuth(token=SecretStr("t"))
    assert settings.token_auths == {"a b": TokenAuth(token=SecretStr("u"))}
    assert settings.secrets() == {"t", "u"}
    assert codes(settings.warnings) == (
        ("not_set_up", "[token_auth c]"),
        ("unused", "[token_auth a b]"),
        ("unused", "[token_auth c]"),
        ("no_tasks", "[urls] prod"),
    )


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ("token_auth none", ("invalid_name", "[token_auth…]")),
        (
            "token_auth a]\ntoken=t\n[token_auth  A",
            ("duplicate", "[token_auth A]"),
        ),
        (
            "token_auth planted@x",
            (("invalid_name", "[token_auth…]")),
        ),
    ],
)
def test_odd_names(codes_of: CodesOf, heading: str, problem: tuple[str, str]) -> None:
    """A name that cannot be shown, or means something else, is refused, and not quoted."""
    assert codes_of(f"[{heading}]\ntoken=t\n") == (problem,)
