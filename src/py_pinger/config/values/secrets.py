"""The kinds of value that hold a URL or a secret: read as they are, written masked.

As with the plain kinds, a reader raises ValueError with the end of a sentence.
"""

from __future__ import annotations

from re import compile as pattern
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.security import check_password_hash

from py_pinger.config.values.basic import from_text, read_line
from py_pinger.config.values.url import fault
from py_pinger.core.text.urls import MASK, mask, mask_path

_HEADER = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HASH = pattern(r"scrypt:[0-9]{1,7}:[0-9]{1,2}:[0-9]{1,2}\$[0-9A-Za-z]+\$[0-9a-f]{128}")
_VARIABLE = pattern(r"\$\{\w+\}")
_DATABASES = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})


def read_url(text: str) -> str:
    """Return the text if it is a whole URL; raises ValueError with the end of a sentence if not."""
    why = fault(text)
    if why:
        raise ValueError(f"{why}; write a whole URL, like https://example.com/")
    return text


def _write_heartbeat(value: SecretStr | None) -> str:
    return mask_path(value.get_secret_value()) if value else ""


def _read_token(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("has characters inside that no HTTP header carries; copy it once more, on one line")
    return text


def _read_header(text: str) -> str:
    if not is_header(text):
        raise ValueError("is not the name of an HTTP header; write say Authorization")
    return text


def _read_prefix(text: str) -> str:
    # An ini value loses its outer blanks, and no scheme's name is written together with its token.
    return f"{_read_token(text)} " if text[-1:].isalnum() else _read_token(text)


def _read_database(text: str) -> str:
    url = _parsed_database(text)
    if url is None or url.drivername not in _DATABASES or (url.drivername == "sqlite" and url.host):
        raise ValueError(
            "is not a database URL Py Pinger can use; write sqlite:///FILE (three slashes) or"
            " postgresql+psycopg://USER:PASSWORD@HOST/NAME"
        )
    return text


def _parsed_database(text: str) -> URL | None:
    try:
        return make_url(read_line(text))
    except (ArgumentError, ValueError):
        return None


def _write_database(value: str) -> str:
    return mask(make_url(value).render_as_string(hide_password=True))


def _masked(value: SecretStr | None) -> str:
    return MASK if value else ""


def is_header(text: str) -> bool:
    """Tell whether a text can be the name of an HTTP header."""
    return bool(_HEADER.fullmatch(text))


def is_hash(text: str) -> bool:
    """Tell whether a text has the form of a password's hash, as werkzeug.security writes it."""
    return bool(_HASH.fullmatch(text))


def web_password_fault(password: SecretStr | None, written: str) -> str | None:
    """Return what is wrong with a web password as it is written in the file, as the end of a sentence."""
    if password is None:
        return "is empty; set the variable, or remove the line to ask for no password" if written else None
    value = password.get_secret_value()
    if is_hash(value):
        return None if _computable(value) else "is a hash that means nothing; `pinger password` makes one"
    if written == MASK or _VARIABLE.fullmatch(written):
        return None
    return "is a password in plain text; write the hash that `pinger password` makes, or take it from ${NAME}"


def _computable(text: str) -> bool:
    try:
        check_password_hash(text, "")
    except (ValueError, MemoryError):
        return False
    return True


# An empty value counts as not given.
_NOTHING = BeforeValidator(lambda value: None if value == "" else value)

Header = Annotated[str, from_text(_read_header)]
Prefix = Annotated[str, from_text(_read_prefix)]
ServerUrl = Annotated[str, from_text(read_url), PlainSerializer(mask)]
DatabaseUrl = Annotated[str, from_text(_read_database), PlainSerializer(_write_database)]
HeartbeatUrl = Annotated[
    SecretStr | None,
    from_text(read_url),
    _NOTHING,
    PlainSerializer(_write_heartbeat),
]
WebPassword = Annotated[SecretStr | None, from_text(read_line), _NOTHING, PlainSerializer(_masked)]
Token = Annotated[SecretStr, from_text(_read_token), PlainSerializer(_masked)]
Password = Annotated[SecretStr, from_text(read_line), PlainSerializer(_masked)]
