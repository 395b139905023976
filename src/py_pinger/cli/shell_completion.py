"""Completion of commands in bash."""

from __future__ import annotations

import os
import re
from typing import Any, Final

from click.shell_completion import BashComplete, CompletionItem, split_arg_string

_WORDS_OF_CLICK: Final = 'COMP_WORDS="${COMP_WORDS[*]}"'
_LINE_AS_TYPED: Final = 'COMP_WORDS="${COMP_LINE:0:COMP_POINT}"'

# The characters that end a word for bash, and those that it interprets.
_BREAKS: Final = ":="
_SPECIAL: Final = re.compile(r"[^\w@%+=:,./~-]")


class Bash(BashComplete):
    """Reads the line as typed, and returns what follows the part that bash has split off."""

    source_template = BashComplete.source_template.replace(_WORDS_OF_CLICK, _LINE_AS_TYPED)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the complete arguments before the cursor, and the incomplete one."""
        # The appended letter distinguishes a blank at the end, which ends a word, from an escaped one.
        words = split_arg_string(f"{os.environ['COMP_WORDS']}x")
        self._incomplete = words.pop()[:-1]
        return words[1:], self._incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return one line for the function in bash."""
        start = max(self._incomplete.rfind(sign) for sign in _BREAKS) + 1
        return f"{item.type},{_SPECIAL.sub(_escaped, str(item.value)[start:])}"


def _escaped(sign: re.Match[str]) -> str:
    return f"\\{sign[0]}"
