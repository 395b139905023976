"""The ini file as text: its sections, keys and values, before they are interpreted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
)
from pathlib import Path

from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode

_DOLLAR = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


def read_text(path: Path, where: str, remedy: str) -> str:
    """Return a file's text; raises ConfigError if it cannot be read.

    `where` is the place in that problem, and `remedy` what to do if the file does not exist.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        text = _read_problem(error, remedy)
        raise ConfigError([ConfigProblem(ProblemCode.UNREADABLE, where, text)]) from None


def _read_problem(error: OSError | ValueError, remedy: str) -> str:
    match error:
        case FileNotFoundError():
            return f"the file does not exist; {remedy}"
        case IsADirectoryError():
            return "this is a directory; name a file in it"
        case UnicodeDecodeError():
            line = error.object.count(b"\n", 0, error.start) + 1
            return f"line {line} is not UTF-8 text; save the file as UTF-8"
        case OSError():
            return (
                f"cannot read the file: {(error.strerror or 'unknown error').lower()}; check its permissions"
            )
        case _:
            return "this is not a valid file name; name another file"


def parse(text: str, name: str, known_names: KnownNames) -> dict[str, dict[str, str]]:
    """Return each section's keys and values as written; `name` is the file's name in problems.

    Raises ConfigError for lines outside of the grammar, and for sections and keys that are defined twice.
    """
    parser = ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), default_section=""
    )
    try:
        parser.read_string(text)
    except (DuplicateSectionError, DuplicateOptionError, ParsingError) as error:
        raise ConfigError(_syntax_problems(error, name, known_names.safe_quote)) from None
    sections = {section: dict(parser.items(section, raw=True)) for section in parser.sections()}
    # What the parser makes of a section refers to itself: only a search for garbage would free it.
    for section in sections:
        vars(parser[section]).clear()
        parser.remove_section(section)
    return sections


def _syntax_problems(
    error: DuplicateSectionError | DuplicateOptionError | ParsingError,
    name: str,
    safe_quote: Callable[[str], str],
) -> Iterator[ConfigProblem]:
    match error:
        case MissingSectionHeaderError():
            text = "outside of a section; begin the file with [main]"
            yield ConfigProblem(ProblemCode.SYNTAX, f"{name}, line {error.lineno}", text)
        case DuplicateSectionError():
            text = f"section [{safe_quote(error.section)}] is defined twice; put its keys under one heading"
            yield ConfigProblem(ProblemCode.DUPLICATE, f"{name}, line {error.lineno}", text)
        case DuplicateOptionError():
            key = safe_quote(error.option)
            text = f"[{safe_quote(error.section)}] defines {key} twice; remove one of the lines"
            yield ConfigProblem(ProblemCode.DUPLICATE, f"{name}, line {error.lineno}", text)
        case _:
            text = (
                "neither [section] nor key=value; correct it, put # in front of it, or indent it if it"
                " continues the value above"
            )
            for line, _ in error.errors:
                yield ConfigProblem(ProblemCode.SYNTAX, f"{name}, line {line}", text)


class Environment:
    """The environment variables that values may use, and the expansion of `${NAME}`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def problem(self, text: str) -> str | None:
        """Return why a text cannot be expanded, and what to do; or None."""
        if "$" not in text:
            return None
        for found in _DOLLAR.finditer(text):
            if found[0] != "$$" and found[1] is None:
                return "'${' does not begin a ${NAME}; write $${ for the characters themselves"
            if found[1] and found[1] not in self._variables:
                return f"environment variable {found[1]} is not set; set it, or write the value itself"
            if found[1] and not _encodable(self._variables[found[1]]):
                return f"environment variable {found[1]} is not UTF-8 text; set it to UTF-8 text"
        return None

    def expand(self, text: str) -> str:
        """Return a text with `${NAME}` replaced by the variable and `$$` by a dollar."""
        return _DOLLAR.sub(self._replacement, text) if "$" in text else text

    def _replacement(self, found: re.Match[str]) -> str:
        return self._variables[found[1]] if found[1] else "$"


def escape(value: str) -> str:
    """Return a value as it has to be written in the ini file."""
    return value.replace("$", "$$")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
