"""Types of values about pushed reports: slugs, and the secrets by which tasks are known.

The rules are imported when one is set: most installations poll all their tasks.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, SecretStr

from py_pinger.config.values.basic import from_text
from py_pinger.core.text.urls import MASK

_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read_slug(text: str) -> str:
    """Return the text if it is a slug; raises ValueError if not."""
    from py_pinger.core.push.protocol import is_slug  # noqa: PLC0415 - as the module says

    if not is_slug(text):
        raise ValueError("is not a slug of a-z, 0-9, - and _; use for example nightly-backup")
    return text


def _read_key(text: str) -> str:
    from py_pinger.core.push.protocol import SHORTEST_KEY, is_uuid  # noqa: PLC0415 - as the module says

    # A masked one, as `pinger config` prints it, opens nothing.
    if text == MASK:
        return text
    if not _KEY.fullmatch(text) or len(text) < SHORTEST_KEY:
        raise ValueError(f"needs {SHORTEST_KEY} or more letters, digits, - or _; use a random one")
    if is_uuid(text):
        raise ValueError("is a UUID, which URLs of single tasks have; use a key of another form")
    return text


def read_push_token(text: str) -> str:
    """Return a UUID in its usual form; raises ValueError for other texts."""
    from py_pinger.core.push.protocol import is_uuid  # noqa: PLC0415 - as the module says

    if text != MASK and not is_uuid(text):
        raise ValueError("is not a UUID; create one with `uuidgen`")
    return text.lower()


def _masked(value: SecretStr | None) -> str:
    return MASK if value else ""


_NONE_IF_EMPTY = BeforeValidator(lambda value: None if value == "" else value)

Slug = Annotated[str, from_text(read_slug)]
PushKey = Annotated[SecretStr | None, from_text(_read_key), _NONE_IF_EMPTY, PlainSerializer(_masked)]
PushToken = Annotated[SecretStr | None, from_text(read_push_token), _NONE_IF_EMPTY, PlainSerializer(_masked)]
