"""The sections of an ini text, and a problem for each line outside of the grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
)

from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode


def parse(text: str, name: str, known_names: KnownNames) -> dict[str, dict[str, str]]:
    """Return each section's keys and values as written; `name` is the file's name in problems.

    Raises ConfigError for lines outside of the grammar, and for sections and keys that are defined twice.
    """
    parser = ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), default_section=""
    )
    # Each section would get three methods that read its values as numbers, which takes 0.2 s for 100,000.
    parser.converters.clear()
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
