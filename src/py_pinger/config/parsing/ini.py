"""The text of the ini file, and the environment variables in its values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode
from py_pinger.core.text.system_error import system_cause

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
            return f"cannot read the file: {system_cause(error).lower()}; check its permissions"
        case _:
            return "this is not a valid file name; name another file"


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

    def expanded(self, text: str) -> str | None:
        """Return a text as `expand` does; None if it cannot be expanded."""
        if "$" not in text:
            return text
        return None if self.problem(text) else self.expand(text)

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
