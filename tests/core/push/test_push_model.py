"""Verdicts on random sequences of pushes against a second model, which only walks from minute to minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

import pytest

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.evaluation.scheduled_times import read_schedule
from py_pinger.core.model.check import Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.push import PushedReport, PushKind, PushState
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.absence import excuse
from py_pinger.core.push.run_rules import OPEN_RUNS, receive
from py_pinger.core.push.stored_report import stored_report

BEGIN = datetime(2026, 5, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = 24 * 60

# Walks, pushes of each, and the minutes until the next one and after the last.
WALKS, STEPS = 60, 25
WAITS, LAST = (0, 1, 1, 2, 2, 3, 5, 8, 15, 61), 150
RIDS, WITH_RID = "abcdefghijklm", 0.8

# A start that falls so many minutes before a scheduled time counts for it; a tenth of an hour, at most 5.
EARLY = 5

ACTIONS = ("start", "start", "start", "success", "fail", "exit 0", "exit 3", "log", "away")


@dataclass(frozen=True)
class Rules:
    """What pinger.ini says of a task, in minutes; without a frequency it is hourly `at` a minute."""

    grace: int
    frequency: int | None
    at: int
    runtime: int | None

    @cached_property
    def expectations(self) -> Expectations:
        """The same for the program."""
        schedule = None if self.frequency else read_schedule(f"{self.at} * * * *")
        assert schedule is None or isinstance(schedule, Schedule)
        return Expectations(
            frequency=self.frequency * MINUTE if self.frequency else None,
            schedule=schedule,
            runtime=None if self.runtime is None else self.runtime * MINUTE,
        )


@dataclass
class Model:
    """A task as a person would keep a book of it, in minutes since it is watched."""

    rules: Rules
    open_runs: list[tuple[str | None, int]] = field(default_factory=list)
    last_start: int | None = None
    last_end: int | None = None
    failed: bool = False
    seen: set[tuple[str, str]] = field(default_factory=set)
    away: list[tuple[int, int]] = field(default_factory=list)
    excused: tuple[int | None, int] | None = None

    def push(self, action: str, rid: str | None, now: int) -> None:
        """Enter a push."""
        word = {"exit 0": "success", "exit 3": "fail"}.get(action, action)
        # A start after the end of its run was on its way for too long.
        known = (word, "success", "fail") if word == "start" else (word,)
        if word == "log" or (rid and any((rid, each) in self.seen for each in known)):
            return
        if rid:
            self.seen.add((rid, word))
        if word == "start":
            self._start(rid, now)
        else:
            self._end(rid, now, failed=word == "fail")

    def _start(self, rid: str | None, now: int) -> None:
        before = next((start for name, start in self.open_runs if name == rid), None)
        self.open_runs = [run for run in self.open_runs if run[0] != rid]
        overdue = before is not None and self.rules.runtime is not None and now - before > self.rules.runtime
        self.open_runs.append((rid, before if overdue and before is not None else now))
        self.open_runs.sort(key=lambda run: run[1])
        self.open_runs = self.open_runs[-OPEN_RUNS:]
        self.last_start = now

    def _end(self, rid: str | None, now: int, *, failed: bool) -> None:
        starts = [start for name, start in self.open_runs if name == rid]
        known = bool(self.open_runs) if rid is None else bool(starts)
        if failed or rid is None:
            self.open_runs = []
        else:
            limit = self.rules.runtime or DAY
            newest = starts[0] if starts else now
            self.open_runs = [
                (name, start)
                for name, start in self.open_runs
                if name != rid and not (start <= newest and now - start > limit)
            ]
        if not known and not self.open_runs:
            self.last_start = None
        self.last_end, self.failed = now, failed

    def deadline(self) -> int:
        """Return the last minute in which the task is not late."""
        if self.open_runs and self.rules.runtime:
            return self.open_runs[0][1] + self.rules.runtime
        return self._due(self._base()) + self.rules.grace

    def _base(self) -> int:
        return next(each for each in (self.last_start, self.last_end, 0) if each is not None)

    def _due(self, base: int) -> int:
        """Return when the next run is due, by walking there."""
        if self.rules.frequency:
            return base + self.rules.frequency
        minute = base + 1
        while minute % 60 != self.rules.at or minute - base <= EARLY:
            minute += 1
        return minute

    def verdict(self, now: int) -> tuple[str, str | None]:
        """Return status and cause in a minute."""
        if self.failed:
            return "error", "failed"
        if now <= self.deadline():
            self.excused = None
            return ("pending" if self.last_end is None else "ok"), None
        return ("unknown", None) if self._is_excused(now) else ("error", "late")

    def _is_excused(self, now: int) -> bool:
        if self.excused and self.excused[0] == self.last_end and now <= self.excused[1]:
            return True
        until = max((self._excused_until(away) for away in self.away), default=-1)
        self.excused = (self.last_end, until)
        return now <= until

    def _excused_until(self, away: tuple[int, int]) -> int:
        """Return until when an absence may have lost the report; -1 if it cannot have."""
        gone, back = away
        deadline = self.deadline()
        if self.open_runs and self.rules.runtime:
            expected = self.open_runs[0][1]
        else:
            early = min(EARLY, (self.rules.frequency or 60) // 10)
            expected = deadline - self.rules.grace - early
        if back < expected or gone > deadline + 1:
            return -1
        due = deadline - self.rules.grace
        if self.rules.frequency is None:
            minute = max(due, back) + 1
            while minute % 60 != self.rules.at:
                minute += 1
            return minute + self.rules.grace
        while due <= back or due == deadline - self.rules.grace:
            due += self.rules.frequency
        return due + self.rules.grace


@dataclass
class Program:
    """The rules as the program applies them: state, report, verdict, excuse."""

    rules: Rules
    state: PushState = field(default_factory=lambda: PushState(BEGIN))
    previous: Verdict | None = None
    away: list[Absence] = field(default_factory=list)

    def push(self, action: str, rid: str | None, now: int) -> None:
        """Receive a push."""
        kind, code = {
            "exit 0": (PushKind.SUCCESS, 0),
            "exit 3": (PushKind.FAIL, 3),
        }.get(action, (None, None))
        push = PushedReport("push:job", kind or PushKind(action), moment(now), rid, code)
        self.state = receive(self.state, push, self.rules.expectations.runtime).state

    def verdict(self, now: int) -> tuple[str, str | None]:
        """Evaluate, as each minute's check does."""
        grace, expectations = self.rules.grace * MINUTE, self.rules.expectations
        reading = read(stored_report(self.state, expectations), grace, expectations)
        verdict = evaluate_report(200, reading, moment(now), self.previous)
        previous = self.previous or verdict
        self.previous = excuse(verdict, previous, self.away, grace, MINUTE, moment(now))
        return str(self.previous.status), self.previous.cause and str(self.previous.cause)


def moment(minute: int) -> datetime:
    """Return a minute as a time."""
    return BEGIN + minute * MINUTE


def drawn(dice: Random) -> Rules:
    """Return rules."""
    frequency, runtime = dice.choice((None, 10, 30, 60)), dice.choice((None, 3, 8, 20, 90))
    return Rules(dice.randint(1, 20), frequency, dice.randrange(60), runtime)


def walk(dice: Random) -> None:
    """Compare the verdicts of each minute, over pushes and absences; in these nothing is evaluated."""
    rules, now = drawn(dice), 0
    program, model = Program(rules), Model(rules)
    walked: list[tuple[int, str, str | None]] = []
    for step in range(STEPS + 1):
        wait, action = dice.choice(WAITS), dice.choice(ACTIONS)
        rid = dice.choice((None, *RIDS)) if dice.random() < WITH_RID else None
        if action == "away":
            program.away.append(Absence(moment(now), moment(now + wait)))
            model.away.append((now, now + wait))
            now += wait
            continue
        for _ in range(wait if step < STEPS else LAST):
            assert program.verdict(now) == model.verdict(now), (rules, now, walked)
            now += 1
        program.push(action, rid, now)
        model.push(action, rid, now)
        walked.append((now, action, rid))
        assert program.verdict(now) == model.verdict(now), (rules, now, walked)


@pytest.mark.no_cover  # tables cover the code; measuring doubles the time
@pytest.mark.parametrize("seed", range(WALKS))
def test_each_minute_has_the_verdict_of_the_model(seed: int) -> None:
    """Over starts, ends, failures, exit codes and logs, with and without a rid, and restarts in between."""
    walk(Random(seed))  # noqa: S311 - no secret
