"""The optional sections of the ini file: set up, not set up, or incomplete."""

from __future__ import annotations

import re
from collections.abc import Mapping

from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import RawSection, build
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.section import Model, OptionalSection, missing_keys
from py_pinger.config.schema.settings import TokenAuth

_PLACEHOLDER = re.compile(r"<.*>")


def _missing_of_token_auth(given: Mapping[str, str]) -> tuple[str, ...]:
    return () if "token" in given else missing_keys(given, "url", "username", "password")


TOKEN_AUTH = OptionalSection(
    TokenAuth,
    ("url", "username", "password"),
    "give token, or url, username and password",
    _missing_of_token_auth,
    external=False,
)


def read_optional_section(
    kind: OptionalSection[Model], source: RawSection | None, problems: Problems, *, only_log: bool
) -> Model | None:
    """Return an optional section.

    None if it is absent, not set up, or invalid, which is reported.
    """
    if source is None:
        return None
    given = source.without_empty()
    where = f"[{source.heading}]"
    placeholders = tuple(key for key, text in given.texts.items() if _PLACEHOLDER.fullmatch(text))
    if placeholders and only_log and kind.external:
        problems.warn(ProblemCode.NOT_SET_UP, where, f"not set up; fill in {_joined(placeholders)}")
        return None
    missing = kind.missing(dict.fromkeys(given.reported, "") | dict(given.texts))
    if missing == kind.needs:
        problems.warn(ProblemCode.NOT_SET_UP, where, f"not set up; {kind.remedy}, or remove the section")
        return None
    _report_gaps(kind, where, placeholders, missing, problems)
    return build(kind.model, given.without((*placeholders, *missing)), problems)


def _report_gaps(
    kind: OptionalSection[Model],
    where: str,
    placeholders: tuple[str, ...],
    missing: tuple[str, ...],
    problems: Problems,
) -> None:
    for key in placeholders:
        text = f"still a placeholder; fill in your {key}, or remove the {where} section"
        problems.add(ProblemCode.PLACEHOLDER, f"{where} {key}", text)
    if missing:
        verb = "are" if missing[1:] else "is"
        text = f"{_joined(missing)} {verb} missing; {kind.remedy}, or remove the section"
        problems.add(ProblemCode.INCOMPLETE, where, text)


def _joined(keys: tuple[str, ...]) -> str:
    return f"{', '.join(keys[:-1])} and {keys[-1]}" if keys[1:] else keys[0]
