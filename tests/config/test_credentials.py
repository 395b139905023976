"""URLs and secrets: what is taken, and what is written of them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError
from tests.config.conftest import LoadText, ProblemsOf

from py_pinger.config import HipChatSettings, MainSettings, SentrySettings, SlackSettings, TokenAuth

DATABASE = (
    "[main] database is not a database URL Py Pinger can use; write sqlite:///FILE (three slashes) or"
    " postgresql+psycopg://USER:PASSWORD@HOST/NAME."
)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/pinger.db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://me:secret@host/db",
        "postgresql+psycopg:///db",
    ],
)
def test_databases(load_text: LoadText, url: str) -> None:
    """SQLite and PostgreSQL are known; what names no relative file is left as it is."""
    assert load_text(f"[main]\ndatabase={url}\n").main.database == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pinger.db",
        "sqlite://pinger.db",
        "mysql://me:secret@host/db",
        "postgres://me:secret@host/db",
        "postgresql+asyncpg://h/d",
        "postgresql://me:secret@host:port/db",
        "postgresql://me:secret@host/db\n  secret",
    ],
)
def test_other_databases(problems_of: ProblemsOf, url: str) -> None:
    """Other databases are refused, without a word of what was written."""
    assert problems_of(f"[main]\ndatabase={url}\n") == (DATABASE,)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        (
            "[hipchat]\nroom=1\nauth=secr\N{LATIN SMALL LETTER E WITH ACUTE}t\n",
            (
                "[hipchat] auth has characters inside that no HTTP header carries; copy it once more, on"
                " one line."
            ),
        ),
        (
            "[hipchat]\nroom=1\nauth=a\nurl=secret.example\n",
            (
                "[hipchat] url does not begin with http:// or https://; write a whole URL, like"
                " https://my-backend.com/login."
            ),
        ),
        (
            "[slack]\nurl=hooks.slack.com/secret\n",
            (
                "[slack] url does not begin with http:// or https://; write a whole URL, like"
                " https://my-backend.com/login."
            ),
        ),
        (
            "[sentry]\nurl=https://secret@host/project\n",
            (
                "[sentry] url is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT, PROJECT being"
                " a number."
            ),
        ),
        (
            "[sentry]\nurl=https://host/1\n",
            (
                "[sentry] url is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT, PROJECT being"
                " a number."
            ),
        ),
        (
            "[sentry]\nurl=secret\n",
            (
                "[sentry] url is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT, PROJECT being"
                " a number."
            ),
        ),
        (
            "[token_auth]\ntoken=secret\n next\n",
            (
                "[token_auth] token has characters inside that no HTTP header carries; copy it once"
                " more, on one line."
            ),
        ),
        (
            "[token_auth]\ntoken=t\nheader=X Token\n",
            "[token_auth] header is not the name of an HTTP header; write say Authorization.",
        ),
    ],
)
def test_credentials_that_cannot_be(problems_of: ProblemsOf, section: str, problem: str) -> None:
    """A credential that cannot work is told of at once, and never quoted."""
    assert problems_of(section) == (problem,)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("Bearer", "Bearer "), ("Token token=", "Token token="), ("", ""), ("Bearer ", "Bearer ")],
)
def test_prefix(text: str, prefix: str) -> None:
    """A scheme's name and the token are never run together."""
    assert TokenAuth(token=SecretStr("t"), prefix=text).prefix == prefix


@pytest.mark.parametrize(
    ("settings", "key", "written"),
    [
        (MainSettings(database="postgresql://me:se/cret@host/db?password=secret"), "database",
         "postgresql://***@host/db?password=***"),
        (SlackSettings(), "url", "https://slack.com/api/chat.postMessage"),
        (SlackSettings(url=SecretStr("https://u:secret@hooks.slack.com:1/services/secret?secret")), "url",
         "https://hooks.slack.com:1/***"),
        (SlackSettings(token=SecretStr("secret")), "token", "***"),
        (SlackSettings(), "token", None),
        (SentrySettings(url=SecretStr("https://secret@sentry.example/42")), "url",
         "https://***@sentry.example/42"),
        (HipChatSettings(room="1", auth=SecretStr("secret"), url="https://u:secret@chat.example/"), "url",
         "https://***@chat.example/"),
        (TokenAuth(url="https://my-backend.com/login?api_key=secret"), "url",
         "https://my-backend.com/login?api_key=***"),
        (TokenAuth(password=SecretStr("secret")), "password", "***"),
    ],
)  # fmt: skip
def test_secrets_are_written_masked(
    settings: MainSettings | SlackSettings | SentrySettings | HipChatSettings | TokenAuth,
    key: str,
    written: str | None,
) -> None:
    """Written again, a value shows all of itself but the secret; its repr shows none of it."""
    assert settings.model_dump()[key] == written
    assert "secret" not in repr(settings).replace("SecretStr", "")


def test_what_pydantic_says_holds_no_secret() -> None:
    """Even an error of the library underneath does not quote what was given."""
    with pytest.raises(ValidationError) as caught:
        TokenAuth.model_validate({"url": "secret", "password": 7, "unknown": "secret"})
    assert "secret" not in str(caught.value)
