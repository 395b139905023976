"""Types of values that hold a URL or a secret: read as they are, written masked.

As with the basic types, a reader raises ValueError with the predicate of a sentence. SQLAlchemy and werkzeug
are imported where they are used: most commands never are, and both together double the time to show a help.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainSerializer, SecretStr

from py_pinger.config.values.basic import from_text, read_line
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.urls import MASK, mask, mask_path

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HASH = re.compile(r"scrypt:[0-9]{1,7}:[0-9]{1,2}:[0-9]{1,2}\$[0-9A-Za-z]+\$[0-9a-f]{128}")
_VARIABLE = re.compile(r"\$\{\w+\}")
_DATABASES = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})


def read_url(text: str) -> str:
    """Return the text if it is a complete URL; raises ValueError if not."""
    why = url_problem(text)
    if why:
        raise ValueError(f"{why}; use a complete URL such as https://example.com/")
    return text


def _write_heartbeat(value: SecretStr | None) -> str:
    return mask_path(value.get_secret_value()) if value else ""


def _read_token(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("has characters that HTTP headers cannot carry; copy it again, on one line")
    return text


def _read_header(text: str) -> str:
    if not is_header_name(text):
        raise ValueError("is not a valid HTTP header name; use for example Authorization")
    return text


def _read_prefix(text: str) -> str:
    # An ini value loses its trailing blank, which separates the name of a scheme from the token.
    return f"{_read_token(text)} " if text[-1:].isalnum() else _read_token(text)


def _read_database(text: str) -> str:
    url = _parse_database(text)
    if url is None or url.drivername not in _DATABASES or (url.drivername == "sqlite" and url.host):
        raise ValueError(
            "is not a supported database URL; use sqlite:///FILE (three slashes) or"
            " postgresql+psycopg://USER:PASSWORD@HOST/NAME"
        )
    return text


def _parse_database(text: str) -> URL | None:
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as the module says
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - as above

    try:
        return make_url(read_line(text))
    except (ArgumentError, ValueError):
        return None


def _write_database(value: str) -> str:
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as the module says

    return mask(make_url(value).render_as_string(hide_password=True))


def _masked(value: SecretStr | None) -> str:
    return MASK if value else ""


def is_header_name(text: str) -> bool:
    """Return True if a text can be the name of an HTTP header."""
    return bool(_HEADER.fullmatch(text))


def is_hash(text: str) -> bool:
    """Return True if a text has the form of a password hash as werkzeug.security writes it."""
    return bool(_HASH.fullmatch(text))


def web_password_problem(password: SecretStr | None, written: str) -> str | None:
    """Return what is wrong with a web password, given how it is written in the file; or None."""
    if password is None:
        return "is empty; set the variable, or remove the line to require no password" if written else None
    value = password.get_secret_value()
    if is_hash(value):
        return None if _is_valid_hash(value) else "is an invalid hash; create one with `pinger password`"
    if written == MASK or _VARIABLE.fullmatch(written):
        return None
    return "is a password in plain text; write the hash that `pinger password` prints, or use ${NAME}"


def _is_valid_hash(text: str) -> bool:
    from werkzeug.security import check_password_hash  # noqa: PLC0415 - as the module says

    try:
        check_password_hash(text, "")
    except (ValueError, MemoryError):
        return False
    return True


def _read_pages_url(text: str) -> str:
    url = read_url(text)
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "has credentials, a query or a fragment; write the address of the pages alone, for example"
            " https://pinger.example.com"
        )
    return url.rstrip("/")


# An empty value counts as not given.
_NONE_IF_EMPTY = BeforeValidator(lambda value: None if value == "" else value)

Header = Annotated[str, from_text(_read_header)]
Prefix = Annotated[str, from_text(_read_prefix)]
ServerUrl = Annotated[str, from_text(read_url), PlainSerializer(mask)]
# Without secrets, and without a slash at its end.
PagesUrl = Annotated[str | None, from_text(_read_pages_url), _NONE_IF_EMPTY]
DatabaseUrl = Annotated[str, from_text(_read_database), PlainSerializer(_write_database)]
HeartbeatUrl = Annotated[
    SecretStr | None,
    from_text(read_url),
    _NONE_IF_EMPTY,
    PlainSerializer(_write_heartbeat),
]
WebPassword = Annotated[SecretStr | None, from_text(read_line), _NONE_IF_EMPTY, PlainSerializer(_masked)]
Token = Annotated[SecretStr, from_text(_read_token), PlainSerializer(_masked)]
Password = Annotated[SecretStr, from_text(read_line), PlainSerializer(_masked)]
