"""Tokens of single tasks beside the one of all."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.config.conftest import LoadText, ProblemsOf

from py_pinger.config import TokenAuth


def test_tokens(load_text: LoadText) -> None:
    """Each section is a token by its name; one that is not set up is left out, with a warning."""
    settings = load_text("[token_auth]\ntoken=t\n[token_auth a b]\ntoken=u\n[token_auth c]\ntoken=\n")
    assert settings.token_auth == TokenAuth(token=SecretStr("t"))
    assert settings.token_auths == {"a b": TokenAuth(token=SecretStr("u"))}
    assert settings.secrets() == {"t", "u"}
    assert settings.warnings == (
        "[token_auth c] is not set up: give token, or url, username and password, or remove the block",
        "[token_auth a b] is used by no task",
        "[token_auth c] is used by no task",
        "no tasks to watch: add URLs to [urls] prod",
    )


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ("token_auth none", "[token_auth…] has a name that is for no token at all; give it another."),
        (
            "token_auth a]\ntoken=t\n[token_auth  a",
            "[token_auth a] is there twice; put its keys under one heading.",
        ),
        (
            "token_auth planted@x",
            (
                "[token_auth…] has a name that is longer than 40 characters or has others in it than letters,"
                " digits, blanks and . _ -; give it a short plain one, like [token_auth billing]."
            ),
        ),
    ],
)
def test_odd_names(problems_of: ProblemsOf, heading: str, problem: str) -> None:
    """A name that cannot be shown, or means something else, is refused, and not quoted."""
    assert problems_of(f"[{heading}]\ntoken=t\n") == (problem,)
