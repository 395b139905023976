"""Replaying a story: under the settings it was watched with, it is told as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.world import HOUR, MINUTE, SECOND, START, URL, Outage, World, remembered, told

from py_pinger.core.model import Cause, DailySleep, Task
from py_pinger.core.reconstruction import reconstruct
from py_pinger.core.replay import replay
from py_pinger.core.step import Notice

LENGTH = 12 * HOUR
MOMENTS = st.integers(0, int(LENGTH / SECOND)).map(lambda seconds: START + seconds * SECOND)
LENGTHS = st.integers(1, 8 * 3600).map(lambda seconds: seconds * SECOND)
SHORT = st.integers(1, 1200).map(lambda seconds: seconds * SECOND)
CAUSES = st.sampled_from([Cause.UNREACHABLE, Cause.HTTP, Cause.INVALID])
WINDOWS = st.builds(DailySleep, st.integers(0, 1439).map(lambda m: m * MINUTE), LENGTHS)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw what happens to a task in half a day."""
    frequency = draw(st.sampled_from([5, 10, 60, 360])) * MINUTE
    runs: list[tuple[datetime, bool]] = []
    at = START - draw(st.integers(0, 600)) * SECOND
    while at < START + LENGTH and len(runs) < 60:
        runs.append((at, draw(st.integers(0, 9)) > 0))
        at += frequency * draw(st.sampled_from([0.5, 0.9, 1.0, 1.0, 1.01, 1.2, 2.5]))
    outages = sorted(draw(st.lists(st.tuples(MOMENTS, SHORT | LENGTHS, CAUSES), max_size=4)))
    away = draw(st.lists(st.integers(600, 20_000), min_size=2, max_size=2) | st.just([]))
    return World(
        runs=runs,
        frequency=frequency,
        sleep=tuple(draw(st.lists(WINDOWS, max_size=2))),
        outages=[Outage(*each) for each in outages],
        absences=[
            (START + number * 6 * HOUR + MINUTE, length * SECOND) for number, length in enumerate(away)
        ],
        length=LENGTH,
    )


TASKS = st.builds(
    Task,
    st.just(URL),
    st.just(URL),
    interval=st.sampled_from([60, 60, 300]).map(lambda seconds: seconds * SECOND),
    error_interval=st.sampled_from([60, 480]).map(lambda seconds: seconds * SECOND),
    grace=st.sampled_from([0, 0, 3]).map(lambda minutes: minutes * MINUTE),
    remind=st.sampled_from([None, 30, 240]).map(lambda minutes: minutes and minutes * MINUTE),
)


def words(notices: Iterable[Notice]) -> list[tuple[object, ...]]:
    """Return of notices what people would notice."""
    return [(each.kind, each.at, each.opened, each.cause, each.reason) for each in notices]


@settings(max_examples=60)
@given(worlds(), TASKS, st.integers(0, 59))
def test_the_same_settings_tell_the_same(world: World, task: Task, phase: int) -> None:
    """A simulated history, replayed under the settings it was made with, gives exactly its own notices."""
    steps = world.watched(task, phase * SECOND)
    past = remembered(steps, world)
    assert words(replay(reconstruct(past, task), task)) == words(told(steps))
