"""The sections of an ini text: the grammar of configparser, and a problem for each line outside of it.

The library takes seconds for 100,000 sections, and keeps what it makes of them in a circle.
"""

from __future__ import annotations

from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode

_COMMENTS = ("#", ";")

# The shortest heading is [x].
_FIRST_END = 2

_STRAY = (
    "neither [section] nor key=value; correct it, put # in front of it, or indent it if it continues the"
    " value above"
)


def parse(text: str, name: str, known_names: KnownNames) -> dict[str, dict[str, str]]:
    """Return each section's keys and values as written; `name` is the file's name in problems.

    Raises ConfigError for lines outside of the grammar, and for sections and keys that are defined twice.
    """
    return _IniParser(name, known_names).sections_of(text)


class _IniParser:
    """One pass over the lines; a line that is indented more than the one before it continues its value."""

    def __init__(self, name: str, known_names: KnownNames) -> None:
        self._name = name
        self._known_names = known_names
        self._sections: dict[str, dict[str, str]] = {}
        self._heading = ""
        self._section: dict[str, str] | None = None
        # The key whose value may go on; empty if there is none.
        self._key = ""
        self._indent = 0
        self._empty_lines = 0
        # The values with several lines, by their section and key.
        self._long_values: list[tuple[dict[str, str], str, list[str]]] = []
        self._is_long = False
        self._stray: list[ConfigProblem] = []

    def sections_of(self, text: str) -> dict[str, dict[str, str]]:
        """Return the sections of a text."""
        for number, line in enumerate(text.split("\n"), start=1):
            content = line.strip()
            if not content:
                self._empty_lines += 1
            elif not content.startswith(_COMMENTS):
                self._read(number, line, content)
        if self._stray:
            raise ConfigError(self._stray)
        for section, key, lines in self._long_values:
            section[key] = "\n".join(lines).rstrip()
        return self._sections

    def _read(self, number: int, line: str, content: str) -> None:
        indent = 0 if line[0] == content[0] else len(line) - len(line.lstrip())
        if self._key and indent > self._indent:
            self._go_on(content)
            return
        self._indent, self._empty_lines = indent, 0
        end = content.rfind("]") if content[0] == "[" else 0
        if end >= _FIRST_END:
            self._begin(number, content[1:end])
        else:
            self._define(number, content)

    def _begin(self, number: int, heading: str) -> None:
        if heading in self._sections:
            quoted = self._known_names.safe_quote(heading)
            text = f"section [{quoted}] is defined twice; put its keys under one heading"
            raise ConfigError([self._problem(ProblemCode.DUPLICATE, number, text)])
        self._heading, self._key = heading, ""
        self._section = self._sections[heading] = {}

    def _define(self, number: int, content: str) -> None:
        if self._section is None:
            text = "outside of a section; begin the file with [main]"
            raise ConfigError([self._problem(ProblemCode.SYNTAX, number, text)])
        written, sign, value = content.partition("=")
        key = written.rstrip().lower()
        if not key:
            self._stray.append(self._problem(ProblemCode.SYNTAX, number, _STRAY))
        if not sign:
            self._stray.append(self._problem(ProblemCode.SYNTAX, number, _STRAY))
            return
        if key in self._section:
            heading, quoted = map(self._known_names.safe_quote, (self._heading, key))
            text = f"[{heading}] defines {quoted} twice; remove one of the lines"
            raise ConfigError([self._problem(ProblemCode.DUPLICATE, number, text)])
        self._section[key] = value.strip()
        self._key, self._is_long = key, False

    def _go_on(self, content: str) -> None:
        """Add a line to the value above, with the empty ones between them."""
        section = self._section or {}
        if not self._is_long:
            self._long_values.append((section, self._key, [section[self._key]]))
            self._is_long = True
        self._long_values[-1][2].extend([*[""] * self._empty_lines, content])
        self._empty_lines = 0

    def _problem(self, code: ProblemCode, number: int, text: str) -> ConfigProblem:
        return ConfigProblem(code, f"{self._name}, line {number}", text)
