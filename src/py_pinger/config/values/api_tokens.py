"""The tokens of [api]: named, with the hash of each, and what it allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.core.text.urls import MASK

_SEPARATOR = re.compile(r"[,\n]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")

_EXAMPLE = "use the line that `pinger token NAME` prints"


class TokenScope(StrEnum):
    """What a token allows: to read, or to change things as well."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as pinger.ini has it; a masked hash is that of no token."""

    name: str
    scope: TokenScope
    hash: str = field(repr=False)

    def line(self) -> str:
        """Return the line for pinger.ini."""
        return f"{self.name} {self.scope} {self.hash}"


def token_hash(token: str) -> str:
    """Return the hash of a token.

    One round is enough: a token has 256 random bits, too many to be guessed.
    """
    return f"sha256:{sha256(token.encode('utf-8', 'replace')).hexdigest()}"


def is_token_name(text: str) -> bool:
    """Return True if a text can be the name of a token."""
    return bool(_NAME.fullmatch(text))


def _read_tokens(text: str) -> tuple[ApiToken, ...]:
    tokens = tuple(_read_token(item.split()) for item in _SEPARATOR.split(text) if item.strip())
    names = [token.name.casefold() for token in tokens]
    if len(set(names)) < len(names):
        raise ValueError("has two tokens of one name; use another name for one of them")
    return tokens


def _read_token(words: Sequence[str]) -> ApiToken:
    if len(words) != 3 or not is_token_name(words[0]):  # noqa: PLR2004 - name, scope and hash
        raise ValueError(f"has an item that is not NAME SCOPE HASH; {_EXAMPLE}")
    name, scope, digest = words
    if scope not in {each.value for each in TokenScope}:
        raise ValueError(f"has a token whose scope is neither read nor write; {_EXAMPLE}")
    if digest != MASK and not _HASH.fullmatch(digest):
        raise ValueError(f"has a token without a valid hash; {_EXAMPLE}")
    return ApiToken(name, TokenScope(scope), digest)


def _masked(tokens: tuple[ApiToken, ...]) -> str:
    return ", ".join(f"{token.name} {token.scope} {MASK}" for token in tokens)


ApiTokens = Annotated[tuple[ApiToken, ...], from_text(_read_tokens), PlainSerializer(_masked)]
