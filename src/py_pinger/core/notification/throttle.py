"""How often a channel is told things, and in how few messages: by what it took and refused lately.

Between the end of one try and the next lies a second, whether or not the try succeeded: no service takes
more for long. Up to five messages within a minute stand by themselves; if more waits than that leaves, all
of it goes as one. Whatever comes after such a gathered message gathers as well: for ten seconds for each of
them within the last five minutes, a minute at most. So a lone failure is told at once, and five hundred
within a minute are about five messages, the first of them at once too. Where more waits than one message
may gather, the rest follows without gathering any more. At a stop nothing gathers. A channel that is not
paced, the log, knows only that more than five at once go as one.

What a channel refuses for good may be one message that it will never take, so what was gathered with it is
tried apart: in halves of halves, what was refused least often first. Eight refusals in a row mean that the
channel refuses everything; what it has refused then rests, and only what is new is still tried at once.

A channel that has failed eight times in a row is knocked at with one message by itself. If it takes that but
then fails over all the rest, the rest holds something that makes it fail, and is tried apart just so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.notification import OutgoingMessage, SendResult, Sent

SPACING = timedelta(seconds=1)

# More messages than this at once, or within this time, are a storm, and read better as one.
SEPARATE_MESSAGES = 5
SEPARATE_WITHIN = timedelta(minutes=1)

# Deliveries that one message may gather: bounds the memory that a storm takes, and how long one is written.
MOST_GATHERED = 1000

GATHERING = timedelta(seconds=10)
LONGEST_GATHERING = timedelta(seconds=60)
STORM_LASTS = timedelta(minutes=5)

# Messages by themselves that there is time for at a stop, a second apart.
LAST_MESSAGES = 2

MANY_REFUSALS = 8
REFUSED_REST = timedelta(minutes=5)

# Failures in a row, four minutes of them at least, after which one message has to find the way.
MANY_FAILURES = 8


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that the channel took, and when; a `full` one may have left more behind."""

    at: datetime
    gathered: bool
    full: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How we stand with a channel.

    `tried` is when the last try ended and `told` what it took in the last five minutes. `most` is how many
    words of what it has refused it is given at once, None while it has refused nothing for good; `refusals`
    is how often it did so since it last took something, `failures` how often it failed in passing. If it was
    `knocked`, what it took last was a knock.
    """

    paced: bool = True
    tried: datetime | None = None
    told: tuple[SentMessage, ...] = ()
    most: int | None = None
    refusals: int = 0
    failures: int = 0
    knocked: bool = False

    @property
    def probing(self) -> bool:
        """Whether one message has to find out if the channel works again."""
        return self.most is None and self.failures >= MANY_FAILURES


def after(pace: ChannelState, parcel: OutgoingMessage, outcome: SendResult, now: datetime) -> ChannelState:
    """Return the pace after a try that ended now."""
    tried = replace(pace, tried=now)
    if isinstance(outcome, Sent):
        full = len(parcel.deliveries) >= MOST_GATHERED
        told = (*_told_within(pace, STORM_LASTS, now), SentMessage(now, parcel.gathered > 0, full))
        most = _more(pace)
        return replace(tried, told=told, most=most, refusals=0, failures=0, knocked=pace.probing)
    if outcome.permanent:
        return replace(tried, most=_fewer(pace, parcel), refusals=pace.refusals + 1, failures=0)
    apart = parcel.gathered > 1 and (pace.knocked or pace.most)
    most = _fewer(pace, parcel) if apart else pace.most
    return replace(tried, most=most, failures=pace.failures + 1, knocked=False)


def emptied(pace: ChannelState) -> ChannelState:
    """Return the pace once nothing waits any more: nothing is left to be tried apart."""
    return replace(pace, most=None, refusals=0)


def held_until(pace: ChannelState, now: datetime, *, shutting_down: bool) -> datetime | None:
    """Return until when nothing may go out, if so; in a `shutting_down`, at a stop, nothing gathers."""
    if not pace.paced:
        return None
    spaced = _until(pace.tried, SPACING, now)
    # What was refused has gathered for long enough, so while some of it waits the outbox decides by word.
    gathering = None if shutting_down or pace.most else gathering_until(pace, now)
    return max(filter(None, (spaced, gathering)), default=None)


def gathering_until(pace: ChannelState, now: datetime) -> datetime | None:
    """Return until when what is new gathers, if it does."""
    lately = _told_within(pace, STORM_LASTS, now)
    gathered = [told.at for told in lately if told.gathered and not told.full]
    if not (pace.paced and gathered):
        return None
    return _until(gathered[-1], min(GATHERING * len(gathered), LONGEST_GATHERING), now)


def refused_rest_until(pace: ChannelState, now: datetime) -> datetime | None:
    """Return until when what was refused rests, if it does."""
    return _until(pace.tried, REFUSED_REST, now) if pace.refusals >= MANY_REFUSALS else None


def separate_left(pace: ChannelState, now: datetime, *, shutting_down: bool) -> int:
    """Return how many messages may stand by themselves now."""
    if not pace.paced:
        return SEPARATE_MESSAGES
    lately = sum(not told.gathered for told in _told_within(pace, SEPARATE_WITHIN, now))
    return max(min(SEPARATE_MESSAGES - lately, LAST_MESSAGES if shutting_down else SEPARATE_MESSAGES), 0)


def _more(pace: ChannelState) -> int | None:
    # A channel that refused everything was mended: there is no single message to look for.
    return None if pace.most is None or pace.refusals >= MANY_REFUSALS else pace.most * 2


def _fewer(pace: ChannelState, parcel: OutgoingMessage) -> int:
    return parcel.gathered // 2 if parcel.gathered > 1 else pace.most or 1


def _told_within(pace: ChannelState, length: timedelta, now: datetime) -> Iterator[SentMessage]:
    return (told for told in pace.told if now - length < told.at <= now + SPACING)


def _until(began: datetime | None, length: timedelta, now: datetime) -> datetime | None:
    """Return when a stretch is over; one that begins ahead of now is from before the clock was set back."""
    if began is None or began > now + SPACING:
        return None
    return began + length if now < began + length else None
