"""The tokens of requests to tasks: [token_auth], and for some tasks [token_auth NAME]."""

from __future__ import annotations

import re
from collections.abc import Mapping

from py_pinger.config.parsing.block import TOKEN_AUTH, read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import name_problem
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.settings import TokenAuth

_HEADING = re.compile(r"token_auth(\s+(?P<name>\S.*))?")

# The value of token_auth in a task's section for requests without a token.
NO_TOKEN = "none"  # noqa: S105 - not a secret


def is_token_auth(heading: str) -> bool:
    """Return True if a section's heading is that of a token."""
    return bool(_HEADING.fullmatch(heading))


def read_tokens(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems, *, only_log: bool
) -> dict[str, TokenAuth | None]:
    """Return the tokens by name, that of [token_auth] by ''.

    None for one not set up, or invalid.
    """
    tokens: dict[str, TokenAuth | None] = {}
    for heading, raw in sections.items():
        found = _HEADING.fullmatch(heading)
        if found is None:
            continue
        name = " ".join((found["name"] or "").split())
        label = "token_auth" if not name else f"token_auth {name}"
        if why := _name_problem(name):
            label = problems.known_names.safe_quote(heading)
            problems.add(ProblemCode.INVALID_NAME, f"[{label}]", why)
        elif name.casefold() in map(str.casefold, tokens):
            text = "the section is defined twice; put its keys under one heading"
            problems.add(ProblemCode.DUPLICATE, f"[{label}]", text)
        source = read_raw_section(TokenAuth, label, raw, environment, problems)
        tokens[name] = read_optional_section(TOKEN_AUTH, source, problems, only_log=only_log)
    return tokens


def _name_problem(name: str) -> str | None:
    if name == NO_TOKEN:
        return f"the name {NO_TOKEN} stands for requests without a token; use another name"
    return name_problem(name, "token_auth billing") if name else None
