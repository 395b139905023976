"""What people and programs change, by whichever page or route; each change is logged with its author."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from math import ceil
from typing import Final, TypeVar

from werkzeug.exceptions import BadRequest, Conflict, NotFound, ServiceUnavailable, TooManyRequests

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import Silence
from py_pinger.core.text.formatting import clean, timestamp
from py_pinger.core.text.urls import LONGEST_URL, mask
from py_pinger.web.pages.context import PageContext
from py_pinger.web.security.caller import caller
from py_pinger.web.view.data import WriteFailure

_log = getLogger(__name__)

_Result = TypeVar("_Result")

# Characters of a reason, and how long a silence may last.
LONGEST_WHY: Final = 200
LONGEST_SILENCE: Final = timedelta(days=366)

NOT_FAILING: Final = "The task has no open incident, so there is nothing to acknowledge."
NOT_ACKNOWLEDGED: Final = "The open incident of the task is not acknowledged."


@dataclass(frozen=True)
class Actions:
    """The changes; each raises an HTTPException with a sentence if it is not possible."""

    context: PageContext

    def create_silence(self, pattern: str, ends: datetime, why: str) -> Silence:
        """Silence the tasks that match a pattern until a time."""
        text, now = mask(clean(pattern)), self.context.clock()
        if not text or len(text) > LONGEST_URL:
            raise BadRequest(f"pattern: needs 1 to {LONGEST_URL} characters; use * for all tasks.")
        if not now < ends <= now + LONGEST_SILENCE:
            raise BadRequest(f"The end has to be within the next {LONGEST_SILENCE.days} days.")
        who = caller()
        silence = _stored(self.context.data.create_silence(text, ends, clean(why, LONGEST_WHY), who))
        _log.info("Silence %s (%s) until %s created by %s", silence.id, text, timestamp(ends), who)
        return silence

    def end_silence(self, number: int) -> Silence:
        """End a silence, and return it."""
        silence = self.silence(number)
        _stored(self.context.data.end_silence(number))
        _log.info("Silence %s (%s) ended by %s", number, silence.pattern, caller())
        return silence

    def silence(self, number: int) -> Silence:
        """Return an active silence."""
        active = self.context.data.active_silences().silences
        found = next((each for each in active if each.id == number), None)
        if found is None:
            raise NotFound(f"There is no active silence {number}.")
        return found

    def acknowledge(self, task: TaskSnapshot, why: str, opened: datetime | None) -> Acknowledgement:
        """Acknowledge the open incident of a task; with `opened`, only if it opened at that second."""
        who = caller()
        made = _stored(self.context.data.acknowledge(task.url, clean(why, LONGEST_WHY), who, opened))
        if made is None:
            raise Conflict(self._why_not(task, opened, NOT_FAILING))
        _log.info("The incident of %s acknowledged by %s", task.url, who)
        return made

    def withdraw(self, task: TaskSnapshot, opened: datetime | None) -> None:
        """Withdraw the acknowledgement of a task's open incident; with `opened`, only of that one."""
        if _stored(self.context.data.withdraw_acknowledgement(task.url, opened)) is None:
            raise Conflict(self._why_not(task, opened, NOT_ACKNOWLEDGED))
        _log.info("The acknowledgement of %s withdrawn by %s", task.url, caller())

    def _why_not(self, task: TaskSnapshot, opened: datetime | None, otherwise: str) -> str:
        """Return why an incident cannot be acknowledged or its acknowledgement not withdrawn."""
        current = self.context.row(task, self.context.clock())["incident_since"]
        if opened is None or (current and current.replace(microsecond=0) == opened):
            return otherwise
        return f"The incident since {timestamp(opened)} has ended; reload the page to see the present one."

    def check(self, task: TaskSnapshot) -> None:
        """Have a task checked now."""
        if wait := self.context.data.request_check(task.url):
            raise TooManyRequests(
                f"A check of the task was requested a moment ago; try again in {ceil(wait)} s.",
                retry_after=ceil(wait),
            )
        _log.info("A check of %s requested by %s", task.url, caller())


def _stored(result: _Result | WriteFailure) -> _Result:
    if isinstance(result, WriteFailure):
        raise ServiceUnavailable(f"The change could not be stored: {result.why}.")
    return result
