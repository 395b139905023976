"""Mentions in texts that come from task pages."""

from __future__ import annotations

from re import compile as pattern

# An @ that begins a word; in mail addresses, paths and masked URLs (`//***@host`) it calls nobody.
_MENTION = pattern(r"(?<!\w)(?<!\w/)(?<!//\*\*\*)@(?=\w)")

# What calls people in one or another of many services, some of which read an @ even within a word.
_CALL = pattern(r"@(?=[\w&!])|<(?=!|users/)")


def defuse(text: str) -> str:
    """Return text in which no mention calls anybody: an invisible joiner stands behind the @."""
    return _MENTION.sub("@\N{WORD JOINER}", text)


def defuse_everywhere(text: str) -> str:
    """Return text that calls nobody whichever service shows it; mail addresses have the joiner as well."""
    return _CALL.sub("\\g<0>\N{WORD JOINER}", text)
