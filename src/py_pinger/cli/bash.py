"""Completion in bash, which takes a colon for the end of a word, and so cuts every URL in pieces."""

from __future__ import annotations

import os
from re import Match
from re import compile as pattern
from typing import Any, Final

from click.shell_completion import BashComplete, CompletionItem, split_arg_string

_CLICKS: Final = 'COMP_WORDS="${COMP_WORDS[*]}"'
_WHOLE: Final = 'COMP_WORDS="${COMP_LINE:0:COMP_POINT}"'

# What ends a word for bash, and what means something to it.
_BREAKS: Final = ":="
_SPECIAL: Final = pattern(r"[^\w@%+=:,./~-]")


class Bash(BashComplete):
    """Reads the line as it was typed, and gives back what follows bash's own beginning of the word."""

    source_template = BashComplete.source_template.replace(_CLICKS, _WHOLE)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the whole arguments before the cursor, and the one that is begun."""
        # With a letter more, a blank at the end is the end of a word, unless it is escaped.
        words = split_arg_string(f"{os.environ['COMP_WORDS']}x")
        self._begun = words.pop()[:-1]
        return words[1:], self._begun

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return one line for our function in bash."""
        there = max(self._begun.rfind(sign) for sign in _BREAKS) + 1
        return f"{item.type},{_SPECIAL.sub(_escaped, str(item.value)[there:])}"


def _escaped(sign: Match[str]) -> str:
    return f"\\{sign[0]}"
