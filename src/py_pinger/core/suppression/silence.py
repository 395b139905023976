"""Silences that people ask for: about which tasks nobody is told, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.text.wildcard import matches


@dataclass(frozen=True, slots=True)
class Silence:
    """What somebody asked for: nothing about the tasks that `pattern` means, from `began` until `ends`.

    `who` asked for it, and from where; `lifted` is when it was ended early.
    """

    id: int
    pattern: str
    began: datetime
    ends: datetime
    why: str
    who: str
    lifted: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.lifted is None and self.began <= now < self.ends

    def means(self, texts: Iterable[str | None]) -> bool:
        """Tell whether it is about a task that is called so."""
        return matches(self.pattern, texts)
