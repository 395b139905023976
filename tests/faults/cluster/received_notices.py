"""What a channel received of each failure, and whether it was lost, invented, repeated or out of order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tests.support.webhook_receiver import ReceivedWebhook

# The kinds of notices, as the messages have them.
BEGINNINGS = frozenset({"failed", "reminder"})
END = "recovered"


class ReceivedNotices:
    """The messages to one channel.

    A failure that has ended may be notified by one late message, with its end.
    """

    def __init__(self, messages: Iterable[ReceivedWebhook]) -> None:
        self._messages = list(messages)
        self._began: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._incidents: defaultdict[str, set[str | None]] = defaultdict(set)
        self.repeated: list[str] = []
        seen: set[tuple[str, str]] = set()
        for number, message in enumerate(self._messages):
            new = self._note(number, message)
            if new & seen:
                self.repeated.append(f"{message.title}: {sorted(new & seen)}")
            seen |= new

    @property
    def known(self) -> set[str]:
        """The reasons of all failures of which anything was received."""
        return {*self._began, *self._ended}

    def lost(self, reasons: Iterable[str], failing: Iterable[str] = ()) -> list[str]:
        """Return the failures whose end was not received, or whose beginning if they still last."""
        return [each for each in reasons if each not in self._ended and each not in set(failing)] + [
            each for each in failing if each not in self._began
        ]

    def invented(self, reasons: Iterable[str]) -> list[str]:
        """Return what was received of failures that never were."""
        return sorted(self.known - set(reasons))

    def as_two_incidents(self) -> list[str]:
        """Return the failures that were notified as more than one incident."""
        return sorted(reason for reason, opened in self._incidents.items() if len(opened) > 1)

    def out_of_order(self, failures: Iterable[Sequence[str]]) -> list[str]:
        """Return the failures whose beginning came after their end, or before the end of an earlier one.

        `failures` are the reasons of each task, in their order. One message may have several of them.
        """
        found = [reason for reason in self._began if self._began[reason] > self._end_of(reason)]
        for reasons in failures:
            known = [reason for reason in reasons if reason in self.known]
            found += [
                later
                for earlier, later in pairwise(known)
                if self._end_of(earlier)
                > min(self._began.get(later, self._end_of(later)), self._end_of(later))
            ]
        return found

    def self_notices(self) -> list[str]:
        """Return the notices about Py Pinger itself."""
        return [
            str(notice.text) for message in self._messages for notice in message.notices if notice.url is None
        ]

    def _end_of(self, reason: str) -> int:
        return self._ended.get(reason, len(self._messages))

    def _note(self, number: int, message: ReceivedWebhook) -> set[tuple[str, str]]:
        new = set()
        for notice in message.notices:
            if notice.url is None or notice.reason is None:
                continue
            if notice.kind == END:
                self._ended.setdefault(notice.reason, number)
            elif notice.kind in BEGINNINGS:
                self._began.setdefault(notice.reason, number)
            else:
                continue
            new.add((notice.kind, notice.reason))
            self._incidents[notice.reason].add(notice.opened)
        return new


def by_channel(messages: Iterable[ReceivedWebhook], channels: Iterable[str]) -> Mapping[str, ReceivedNotices]:
    """Return what each channel received."""
    everything = list(messages)
    return {
        name: ReceivedNotices(message for message in everything if message.channel == name)
        for name in channels
    }
