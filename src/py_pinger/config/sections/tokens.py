"""What tasks' pages are asked with: [token_auth], and more for some tasks, like [token_auth billing]."""

from __future__ import annotations

from collections.abc import Mapping
from re import compile as pattern

from py_pinger.config.parsing.block import TOKEN_AUTH, read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import is_plain
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.section import entries
from py_pinger.config.schema.settings import TokenAuth

_HEADING = pattern(r"token_auth(\s+(?P<name>\S.*))?")

# What a task says that wants no token at all.
NONE = "none"


def is_token_auth(heading: str) -> bool:
    """Tell whether a section's heading is that of a token."""
    return bool(_HEADING.fullmatch(heading))


def read_tokens(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, findings: Problems, *, only_log: bool
) -> dict[str, TokenAuth | None]:
    """Read the sections of tokens, by their names; the plain one's is empty. None is not set up, or wrong."""
    found = {
        heading: " ".join((match["name"] or "").split())
        for heading in sections
        if (match := _HEADING.fullmatch(heading))
    }
    tokens: dict[str, TokenAuth | None] = {}
    for heading, name in found.items():
        label = "token_auth" if not name else f"token_auth {name}"
        if name and (not is_plain(name) or name == NONE):
            label = findings.vocabulary.quoted(heading)
            findings.problems.append(f"[{label}] has a name that is {_why_not(name)}.")
        elif name in tokens:
            findings.problems.append(f"[{label}] is there twice; put its keys under one heading.")
        source = entries(TokenAuth, label, sections[heading], environment, findings)
        tokens[name] = read_optional_section(TOKEN_AUTH, source, findings, only_log=only_log)
    return tokens


def _why_not(name: str) -> str:
    if name == NONE:
        return "for no token at all; give it another"
    return (
        "longer than 40 characters or has others in it than letters, digits, blanks and . _ -;"
        " give it a short plain one, like [token_auth billing]"
    )
