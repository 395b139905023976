"""URLs and secrets: what is taken, and what is written of them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError
from tests.support.ini_texts import LoadText, ProblemsOf, codes, lines
from werkzeug.security import generate_password_hash

from py_pinger.channels.hipchat import HipChatSettings
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.config import MainSettings, TokenAuth, masked_ini

DATABASE = (
    "[main] database: the value is not a supported database URL; use sqlite:///FILE (three slashes) or"
    " postgresql+psycopg://USER:PASSWORD@HOST/NAME"
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
    assert lines(problems_of(f"[main]\ndatabase={url}\n")) == (DATABASE,)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        (
            "[hipchat]\nroom=1\nauth=secr\N{LATIN SMALL LETTER E WITH ACUTE}t\n",
            (
                "[hipchat] auth: the value has characters that HTTP headers cannot carry; copy it again, on"
                " one line"
            ),
        ),
        (
            "[hipchat]\nroom=1\nauth=a\nurl=secret.example\n",
            (
                "[hipchat] url: the value does not begin with http:// or https://; use a complete URL such as"
                " https://example.com/"
            ),
        ),
        (
            "[slack]\nurl=hooks.slack.com/secret\n",
            (
                "[slack] url: the value does not begin with http:// or https://; use a complete URL such as"
                " https://example.com/"
            ),
        ),
        (
            "[sentry]\nurl=https://secret@host/project\n",
            (
                "[sentry] url: the value is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT,"
                " PROJECT being a number"
            ),
        ),
        (
            "[sentry]\nurl=https://host/1\n",
            (
                "[sentry] url: the value is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT,"
                " PROJECT being a number"
            ),
        ),
        (
            "[sentry]\nurl=secret\n",
            (
                "[sentry] url: the value is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT,"
                " PROJECT being a number"
            ),
        ),
        (
            "[token_auth]\ntoken=secret\n next\n",
            (
                "[token_auth] token: the value has characters that HTTP headers cannot carry; copy it"
                " again, on one line"
            ),
        ),
        (
            "[token_auth]\ntoken=t\nheader=X Token\n",
            "[token_auth] header: the value is not a valid HTTP header name; use for example Authorization",
        ),
    ],
)
def test_credentials_that_cannot_be(problems_of: ProblemsOf, section: str, problem: str) -> None:
    """A credential that cannot work is told of at once, and never quoted."""
    assert lines(problems_of(section)) == (problem,)


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


HASHED = generate_password_hash("hunter2", "scrypt:256:8:1")
PLAIN = (
    "[main] web_password: the value is a password in plain text; write the hash that `pinger password`"
    " prints, or use ${NAME}"
)
MEANINGLESS = "[main] web_password: the value is an invalid hash; create one with `pinger password`"
EMPTY = "[main] web_password: the value is empty; set the variable, or remove the line to require no password"


@pytest.mark.parametrize(
    ("written", "environ", "password"),
    [
        pytest.param(HASHED.replace("$", "$$"), {}, HASHED, id="a hash"),
        pytest.param(HASHED, {}, HASHED, id="a hash with single dollars"),
        pytest.param("${PW}", {"PW": HASHED}, HASHED, id="a hash from the environment"),
        pytest.param("${PW}", {"PW": "hunter2 $"}, "hunter2 $", id="a password from the environment"),
        pytest.param("***", {}, "***", id="masked"),
    ],
)
def test_a_web_password(load_text: LoadText, written: str, environ: dict[str, str], password: str) -> None:
    """A hash may stand in the file, a password in the environment; both are masked, and load again."""
    settings = load_text(f"[main]\nweb_password={written}\n[urls]\nprod=http://a/\n", **environ)
    assert settings.main.web_password == SecretStr(password)
    assert "web_password=***\n" in masked_ini(settings)
    assert load_text(masked_ini(settings)).main.web_password == SecretStr("***")


@pytest.mark.parametrize(
    ("written", "environ", "problem"),
    [
        pytest.param("hunter2", {}, PLAIN, id="a password"),
        pytest.param("hunter${PW}", {"PW": "2"}, PLAIN, id="half of one from the environment"),
        pytest.param("${A}${PW}", {"A": "hunter", "PW": "2"}, PLAIN, id="in two halves"),
        pytest.param("$${PW}", {"PW": "hunter2"}, PLAIN, id="no variable at all"),
        pytest.param("hunter***", {}, PLAIN, id="more than masked"),
        pytest.param(HASHED.replace("$", "$$")[:-1], {}, PLAIN, id="a hash cut off"),
        pytest.param(HASHED.replace(":256:", ":3:"), {}, MEANINGLESS, id="a hash that cannot be"),
        pytest.param("${PW}", {"PW": ""}, EMPTY, id="an empty variable"),
    ],
)
def test_a_web_password_that_cannot_be(
    problems_of: ProblemsOf, written: str, environ: dict[str, str], problem: str
) -> None:
    """A password in the file, an empty one and a broken hash are refused, and none is quoted."""
    assert lines(problems_of(f"[main]\nweb_password={written}\n", **environ)) == (problem,)


def test_no_web_password(load_text: LoadText) -> None:
    """An empty line asks for no password, and open doors are then a word too many."""
    settings = load_text("[main]\nweb_password=\nweb_public=healthz\n[urls]\nprod=http://a/\n")
    assert settings.main.web_password is None
    assert codes(settings.warnings) == (("no_effect", "[main] web_public"),)


def test_the_address_of_the_pages(load_text: LoadText, problems_of: ProblemsOf) -> None:
    """It has no slash at its end, and neither credentials nor a query; channels get it."""
    slack = "[slack]\ntoken=x\nchannel=c\n"
    loaded = load_text(f"[main]\nlink=https://pinger.example/p/\n{slack}")
    (channel,) = loaded.channels
    assert loaded.main.link == channel.pages == "https://pinger.example/p"
    assert load_text("[main]\nlink=\n").main.link is None
    for wrong in ("https://me:secret@a.example", "https://a.example/?b", "https://a.example/#c"):
        (problem,) = lines(problems_of(f"[main]\nlink={wrong}\n"))
        assert "has credentials, a query or a fragment; write the address of the pages alone" in problem
        assert "secret" not in problem
