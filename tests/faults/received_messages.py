"""What Slack received of each failure, and how often: its messages, counted by reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.support.fake_services import Slack

_REASON = re.compile(r"failure-\d+")


@dataclass(frozen=True, slots=True)
class ReceivedMessages:
    """How often the beginning of a failure was notified, how often its end, and how often both at once."""

    failed: Counter[str] = field(default_factory=Counter)
    recovered: Counter[str] = field(default_factory=Counter)
    both: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> set[str]:
        """All failures of which anything was received."""
        return {*self.failed, *self.recovered, *self.both}

    def missing(self, reasons: Iterable[str]) -> list[str]:
        """Return those of these failures whose beginning or end was not received."""
        return [
            each for each in reasons if not (self.both[each] or (self.failed[each] and self.recovered[each]))
        ]

    def repeated(self, times: int = 1) -> list[str]:
        """Return the failures whose beginning or end was notified more often than so many times."""
        return [
            each
            for each in sorted(self.known)
            if max(self.failed[each], self.recovered[each] + self.both[each]) > times
        ]


def received(slack: Slack) -> ReceivedMessages:
    """Return what Slack has been received."""
    result = ReceivedMessages()
    for message in slack.delivered:
        title = str(message["text"])
        for line in lines(message):
            for reason in _REASON.findall(line):
                _counter(result, title, line)[reason] += 1
    return result


def self_notices(slack: Slack) -> list[str]:
    """Return the notices about Py Pinger itself: titles of messages that name no failure."""
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


def _counter(received: ReceivedMessages, title: str, line: str) -> Counter[str]:
    if title.startswith("FAILED AND RECOVERED"):
        return received.both
    if title.startswith(("FAILED", "STILL FAILING")):
        return received.failed
    if title.startswith("RECOVERED"):
        return received.recovered
    # A digest: its lines have both times for an end, one for a beginning.
    return received.both if "failed from" in line else received.failed
