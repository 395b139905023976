"""Fingerprints of settings: nodes with equal ones have equal settings, whatever their releases.

Neither of the two gives a secret away to those who can read the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from hashlib import blake2b, scrypt
from typing import Any, Final

# Bytes: so many settings never have the same fingerprint by chance.
_LENGTH = 16

# The cost of one guess at the secrets: 16 MB and a twentieth of a second.
_COST: Final = {"n": 2**14, "r": 8, "p": 1}

_PLAIN = (str, bytes, int, float, bool, type(None))


def fingerprint(values: Iterable[object]) -> str:
    """Return the fingerprint of settings: dataclasses and what they consist of, in their order.

    Fields that a repr leaves out are left out, since they may hold secrets. So are those with their defaults:
    a field that a later release adds changes nothing until it is used.
    """
    total = blake2b(digest_size=_LENGTH)
    for value in values:
        total.update(f"{_canonical(value)}\n".encode(errors="surrogatepass"))
    return total.hexdigest()


def secrets_fingerprint(secrets: Iterable[str], salt: bytes) -> str:
    """Return the fingerprint of secrets, whose order does not matter; to guess them from it is expensive."""
    text = "\0".join(sorted(secrets)).encode(errors="surrogatepass")
    return scrypt(text, salt=salt, dklen=_LENGTH, **_COST).hex()


def _canonical(value: object) -> str:
    """Return a text that is the same for equal values in each process, release and version of Python."""
    if isinstance(value, Enum):
        return _canonical(value.value)
    if isinstance(value, _PLAIN):
        return repr(value)
    if is_dataclass(value):
        return f"({','.join(_fields(value))})"
    return _canonical_of_others(value)


def _canonical_of_others(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"[{','.join(map(_canonical, value))}]"
    if isinstance(value, AbstractSet):
        return f"{{{','.join(sorted(map(_canonical, value)))}}}"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(map(_pair, value.items())))}}}"
    if isinstance(value, timedelta):
        return str(value // timedelta.resolution)
    # Zones, networks and paths have a text that identifies them.
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _pair(item: tuple[object, object]) -> str:
    return ":".join(map(_canonical, item))


def _fields(value: object) -> Iterator[str]:
    kind: Any = type(value)
    for name, default in _shown(kind):
        each = getattr(value, name)
        if each is not default and each != default:
            yield f"{name}={_canonical(each)}"


@cache
def _shown(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    """Return the names of the fields that a repr shows, with their defaults."""
    return tuple((field.name, _default(field)) for field in fields(kind) if field.repr)


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()
