"""What people were told of each failure, and how often: Slack's messages, counted by reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.support.fake_services import Slack

_REASON = re.compile(r"failure-\d+")


@dataclass(frozen=True, slots=True)
class Told:
    """How often the beginning of a failure was told, how often its end, and how often both at once."""

    begun: Counter[str] = field(default_factory=Counter)
    over: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> set[str]:
        """All failures of which anything was told."""
        return {*self.begun, *self.over, *self.whole}

    def lacking(self, reasons: Iterable[str]) -> list[str]:
        """Return those of these failures whose beginning or end was not told."""
        return [each for each in reasons if not (self.whole[each] or (self.begun[each] and self.over[each]))]

    def repeated(self, times: int = 1) -> list[str]:
        """Return the failures whose beginning or whose end was told more often than so many times."""
        return [
            each
            for each in sorted(self.known)
            if max(self.begun[each], self.over[each] + self.whole[each]) > times
        ]


def told(slack: Slack) -> Told:
    """Return what Slack has been told."""
    result = Told()
    for message in slack.delivered:
        title = str(message["text"])
        for line in lines(message):
            for reason in _REASON.findall(line):
                _counter(result, title, line)[reason] += 1
    return result


def own_words(slack: Slack) -> list[str]:
    """Return what Py Pinger has told of itself: the messages' titles that name no failure."""
    return [
        str(message["text"]) for message in slack.delivered if not _REASON.search("\n".join(lines(message)))
    ]


def lines(message: dict[str, object]) -> Iterator[str]:
    """Yield the lines of a message."""
    yield from str(message["text"]).splitlines()
    bars = message.get("attachments", [])
    assert isinstance(bars, list)
    for bar in bars:
        yield from str(bar["text"]).splitlines()


def _counter(told: Told, title: str, line: str) -> Counter[str]:
    if title.startswith("FAILED AND RECOVERED"):
        return told.whole
    if title.startswith(("FAILED", "STILL FAILING")):
        return told.begun
    if title.startswith("RECOVERED"):
        return told.over
    # A digest: its lines tell of ends with both times, of beginnings with one.
    return told.whole if "failed from" in line else told.begun
