"""The ini file as text: its sections, keys and values, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
)
from pathlib import Path
from re import Match
from re import compile as pattern

from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.problems import ConfigError

_DOLLAR = pattern(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


def read_text(path: Path, name: str, remedy: str) -> str:
    """Return a file's text; raises ConfigError, in one sentence, if there is none to be had.

    `name` is how problems call the file, and `remedy` what to do where there is none.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([f"{name} does not exist; {remedy}."]) from None
    except IsADirectoryError:
        raise ConfigError([f"{name} is a folder; name the file inside it."]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{name} is not UTF-8 text in line {line}; save it as UTF-8."]) from None
    except OSError as error:
        raise ConfigError(
            [f"{name} cannot be read: {(error.strerror or 'unknown error').lower()}."]
        ) from None
    except ValueError:
        raise ConfigError([f"{name} is not the name of a file; name another one."]) from None


def parse(text: str, name: str, vocabulary: KnownNames) -> dict[str, dict[str, str]]:
    """Return each section's keys and values, as written; `name` is how problems call the file.

    Raises ConfigError where a line is not by the grammar, or says twice what can be said once.
    """
    parser = ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), default_section=""
    )
    try:
        parser.read_string(text)
    except (DuplicateSectionError, DuplicateOptionError, ParsingError) as error:
        raise ConfigError(_problems(error, name, vocabulary.quoted)) from None
    return {section: dict(parser[section]) for section in parser.sections()}


def _problems(
    error: DuplicateSectionError | DuplicateOptionError | ParsingError,
    name: str,
    quoted: Callable[[str], str],
) -> list[str]:
    match error:
        case MissingSectionHeaderError():
            return [f"{name}, line {error.lineno}, stands before any section; begin the file with [main]."]
        case DuplicateSectionError():
            where = f"{name}, line {error.lineno}: the section [{quoted(error.section)}]"
            return [f"{where} is there twice; put its keys under one heading."]
        case DuplicateOptionError():
            where = f"{name}, line {error.lineno}: [{quoted(error.section)}]"
            return [f"{where} has {quoted(error.option)} twice; keep one of the two."]
        case _:
            return [
                f"{name}, line {line}, is neither a [section] nor key=value; mend it, put # before it, or"
                " indent it if it goes on with the value above."
                for line, _ in error.errors
            ]


class Environment:
    """The environment variables that values may take, and what `${NAME}` comes to by them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def fault(self, text: str) -> str | None:
        """Return why a text cannot be expanded, as the end of a sentence that begins with it, or None."""
        for found in _DOLLAR.finditer(text):
            if found[0] != "$$" and found[1] is None:
                return "has a ${ that begins no ${NAME}; write $${ if you mean the characters themselves"
            if found[1] and found[1] not in self._variables:
                return (
                    f"takes the environment variable {found[1]}, which is not set; set it, or write the value"
                )
            if found[1] and not _encodable(self._variables[found[1]]):
                return f"takes the environment variable {found[1]}, which is not UTF-8; set it anew"
        return None

    def expand(self, text: str) -> str:
        """Return a text that has no fault with `${NAME}` replaced by the variable and `$$` by a dollar."""
        return _DOLLAR.sub(self._replacement, text)

    def _replacement(self, found: Match[str]) -> str:
        return self._variables[found[1]] if found[1] else "$"


def escape(value: str) -> str:
    """Return a value as it has to be written for the ini to say it."""
    return value.replace("$", "$$")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
