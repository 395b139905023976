"""The contract of the store, kept by every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.store import Store, StoreError

Rows = Callable[[str], list[tuple[Any, ...]]]

A, B, C = "http://a.example/1", "http://b.example/2", "http://c.example/3"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.sampled_from([MAX_TIME, MIN_TIME])
# A thousand years: nothing longer is ever read from a page.
LENGTHS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365_250))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Leave a value out at times."""
    return st.none() | values


COUNTS = st.integers(0, 2**63 - 1)
WARNINGS = st.lists(st.builds(ReportWarning, st.sampled_from(ReportWarningKind), TEXTS), max_size=3).map(
    tuple
)
SCHEDULES = (
    Schedule("0 2 * * mon-fri", "Europe/Berlin", "0 2 * * mon-fri"),
    Schedule("0 0 * * *", "UTC", "@Daily"),
)
FAULTS = st.builds(Fault, st.sampled_from(FaultCode), maybe(TEXTS.filter(bool)))
VERDICTS = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    cause=maybe(st.sampled_from(Cause)),
    **dict.fromkeys(("reason", "process", "server"), maybe(TEXTS)),
    **dict.fromkeys(("lastrun", "deadline", "sleep_start", "sleep_end"), maybe(MOMENTS)),
    frequency=maybe(LENGTHS),
    warnings=WARNINGS,
    schedule=maybe(st.sampled_from(SCHEDULES)),
    fault=maybe(FAULTS),
)
TURNS = st.builds(CauseChange, at=MOMENTS, cause=st.sampled_from(Cause), reason=TEXTS, fault=maybe(FAULTS))
INCIDENTS = st.builds(
    Incident,
    opened=MOMENTS,
    notified_at=MOMENTS,
    cause_changes=st.lists(TURNS, max_size=3).map(tuple),
    reminders=st.integers(0, 2**31 - 1),
)
STATES = st.builds(
    TaskState,
    verdict=VERDICTS,
    **dict.fromkeys(("since", "checked_at", "fresh_until", "next_check"), maybe(MOMENTS)),
    duration=maybe(LENGTHS),
    pings=COUNTS,
    errors=COUNTS,
    incident=maybe(INCIDENTS),
)
# An escalation goes only to channels that hear of incidents later.
NOTICES = st.builds(
    Notice,
    kind=st.sampled_from([kind for kind in NoticeKind if kind is not NoticeKind.ESCALATED]),
    at=MOMENTS,
    url=st.sampled_from([A, None]),
    cause=maybe(st.sampled_from(Cause)),
    **dict.fromkeys(("name", "reason", "process", "server", "text"), maybe(TEXTS)),
    **dict.fromkeys(("opened", "lastrun", "deadline", "expires"), maybe(MOMENTS)),
    frequency=maybe(LENGTHS),
    **dict.fromkeys(("schedule", "timezone"), maybe(TEXTS)),
    expected=maybe(MOMENTS),
    warnings=st.lists(TEXTS, max_size=3).map(tuple),
)


def tasks(*urls: str) -> list[Task]:
    """Name tasks by their URLs."""
    return [Task(url, url) for url in urls]


def checked(minutes: int = 0, status: Status = Status.OK, **more: object) -> TaskState:
    """Return the state of a task that was checked some minutes after noon, and answered in 20 ms."""
    state = TaskState(
        Verdict(status), checked_at=NOON + minutes * MINUTE, duration=timedelta(milliseconds=20)
    )
    return replace(state, **more)  # type: ignore[arg-type]  # the caller knows the fields


def incident(opened: datetime = NOON, **more: object) -> Incident:
    """Return an incident of a late task."""
    made = Incident(
        opened=opened, notified_at=opened, cause_changes=(CauseChange(opened, Cause.LATE, "late by 2 min"),)
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the caller knows the fields


def notice(kind: NoticeKind = NoticeKind.FAILED, minutes: int = 0, url: str = A) -> Notice:
    """Return a notice about the incident of noon."""
    return Notice(kind, at=NOON + minutes * MINUTE, url=url, opened=NOON)


def settled(
    deliveries: Sequence[Delivery], state: DeliveryState, receipt: str | None = None
) -> DeliveryUpdate:
    """Return what became of deliveries a minute past noon."""
    return DeliveryUpdate(
        tuple(delivery.id for delivery in deliveries),
        state,
        NOON + MINUTE,
        NOON + 2 * MINUTE,
        receipt,
        "a reason",
    )


@given(state=STATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
def test_state_comes_back(store: Store, state: TaskState) -> None:
    """Whatever a state is, a restart reads it back whole."""
    store.set_tasks(tasks(A))
    store.record([Transition(A, state)], [], [])
    assert store.task_snapshot(A) == TaskSnapshot(A, None, state)
    assert store.set_tasks(tasks(A)) == {A: state}


@given(notice=NOTICES)
@settings(max_examples=10, deadline=None)
def test_notice_comes_back(tmp_path_factory: pytest.TempPathFactory, notice: Notice) -> None:
    """Whatever a notice says, it comes out of the outbox as it went in."""
    with closing(Store.open(f"sqlite:///{tmp_path_factory.mktemp('notice')}/pinger.db")) as store:
        store.set_tasks(tasks(A))
        store.record([], [notice], [Route("slack")])
        (delivery,) = store.waiting("slack", NOON)
    assert delivery == Delivery(delivery.id, notice, 0, notice.at)


def test_adopt(store: Store) -> None:
    """The adopted tasks are the monitored ones, in the order given; names change with the configuration."""
    assert store.set_tasks(tasks(A, B)) == {A: TaskState(), B: TaskState()}
    store.record([Transition(A, checked())], [], [])
    states = store.set_tasks([Task(C, C), Task(A, A, name="The first")])
    assert states == {C: TaskState(), A: checked()}
    assert store.task_snapshots() == (
        TaskSnapshot(C, None, TaskState()),
        TaskSnapshot(A, "The first", checked()),
    )
    assert store.task_snapshot(B) is None
    assert store.task_snapshot("http://unheard.of/") is None


def test_adopt_none(store: Store) -> None:
    """No tasks at all is fine: what was monitored is not any more."""
    store.set_tasks(tasks(A))
    assert store.set_tasks([]) == {}
    assert store.task_snapshots() == ()


def test_adopted_again(store: Store) -> None:
    """A task that comes back to the configuration goes on where it was, its incident included."""
    state = checked(incident=incident())
    store.set_tasks(tasks(A))
    store.record([Transition(A, state)], [], [])
    store.set_tasks(tasks(B))
    assert store.set_tasks(tasks(A, B)) == {A: state, B: TaskState()}


def test_last_state_stands(store: Store) -> None:
    """Of several steps of one task in a batch, the last state stands."""
    store.set_tasks(tasks(A))
    store.record([Transition(A, checked(minutes)) for minutes in range(3)], [], [])
    assert store.task_snapshots() == (TaskSnapshot(A, None, checked(2)),)


@pytest.mark.parametrize(
    "batch",
    [
        ([Transition(B, checked())], []),
        ([], [notice(url=B)]),
    ],
)
def test_unknown_task(store: Store, batch: tuple[list[Transition], list[Notice]]) -> None:
    """What is about a task that is not monitored is not stored, and blocks nothing else."""
    store.set_tasks(tasks(A))
    with pytest.raises(StoreError) as caught:
        store.record(*batch, [Route("slack")])
    assert str(caught.value) == f"{B} is not a monitored task"
    store.record([Transition(A, checked()), *batch[0]], [notice(), *batch[1]], [Route("slack")])
    assert store.task_snapshot(A) == TaskSnapshot(A, None, checked())
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == [notice()]


def test_spans(store: Store, rows: Rows) -> None:
    """A new span ends the one before it when it says; the last stays open, in one batch as in several."""
    store.set_tasks(tasks(A, B))
    first = Transition(A, checked(), span=Span(NOON, Status.OK, None, NOON))
    second = Transition(
        A, checked(5), span=Span(NOON + 5 * MINUTE, Status.ERROR, Cause.LATE, NOON + 4 * MINUTE)
    )
    third = Transition(A, checked(9), span=Span(NOON + 9 * MINUTE, Status.SLEEPING, None, NOON + 9 * MINUTE))
    other = Transition(B, checked(), span=Span(NOON, Status.ERROR, Cause.HTTP, NOON))
    store.record([first, other], [], [])
    store.record([second, third], [], [])
    minutes = f"(started - {int(NOON.timestamp())}000000) / 60000000, (ended - started) / 60000000"
    assert rows(f"SELECT task_id, {minutes}, status, cause FROM span ORDER BY task_id, started") == [  # noqa: S608 - ours
        (1, 0, 4, "ok", None),
        (1, 5, 4, "error", "late"),
        (1, 9, None, "sleeping", None),
        (2, 0, None, "error", "http"),
    ]


def test_clock_set_back(store: Store, rows: Rows) -> None:
    """A clock that was set back gives spans of no length, never of a negative one."""
    store.set_tasks(tasks(A))
    for minutes in (9, 5):
        at = NOON + minutes * MINUTE
        store.record([Transition(A, checked(), span=Span(at, Status.OK, None, at))], [], [])
    back = [Span(NOON + minutes * MINUTE, Status.OK, None, NOON + minutes * MINUTE) for minutes in (4, 3)]
    store.record([Transition(A, checked(), span=span) for span in back], [], [])
    assert rows("SELECT ended - started FROM span ORDER BY started") == [(None,), (0,), (0,), (0,)]


def test_incident(store: Store, rows: Rows) -> None:
    """An incident is one row from its opening through its turns to its close; then the next may open."""
    store.set_tasks(tasks(A))
    opened = incident()
    worse = replace(
        opened,
        notified_at=NOON + HOUR,
        reminders=1,
        cause_changes=(*opened.cause_changes, CauseChange(NOON, Cause.HTTP, "HTTP 503")),
    )
    store.record([Transition(A, checked(incident=opened)), Transition(A, checked(1, incident=worse))], [], [])
    assert store.task_snapshot(A) == TaskSnapshot(A, None, checked(1, incident=worse))
    closed, later = replace(worse, closed=NOON + HOUR), incident(NOON + 2 * HOUR)
    store.record(
        [Transition(A, checked(2), closed=closed), Transition(A, checked(3, incident=later))], [], []
    )
    assert store.task_snapshot(A) == TaskSnapshot(A, None, checked(3, incident=later))
    assert rows("SELECT reminders, (closed - opened) / 60000000 FROM incident ORDER BY id") == [
        (1, 60),
        (0, None),
    ]


def test_runs(store: Store, rows: Rows) -> None:
    """A run is kept as it was first seen."""
    store.set_tasks(tasks(A))
    run = Run(NOON, NOON + MINUTE, healthy=False, reason="disk full")
    again = replace(run, seen=NOON + 2 * MINUTE, healthy=True)
    store.record([Transition(A, checked(), run=run), Transition(A, checked(), run=again)], [], [])
    store.record([Transition(A, checked(), run=again)], [], [])
    assert rows("SELECT (seen - lastrun) / 60000000, healthy, reason FROM run") == [(1, 0, "disk full")]


def test_latency(store: Store, rows: Rows) -> None:
    """Each hour adds up its checks, failures and times; a check without a time adds nothing."""
    store.set_tasks(tasks(A))
    took = [timedelta(milliseconds=each) for each in (20, 5, 90)]
    store.record(
        [
            Transition(A, checked(58, duration=took[0])),
            Transition(A, checked(59, Status.ERROR, duration=took[1])),
            Transition(A, checked(60, duration=took[0])),
            Transition(A, checked(61, Status.ERROR, duration=None)),
        ],
        [],
        [],
    )
    store.record([Transition(A, checked(59, duration=took[2]))], [], [])
    hour = f"(hour - {int(NOON.timestamp())}000000) / 3600000000"
    assert rows(f"SELECT {hour}, checks, failures, total, least, greatest FROM latency ORDER BY hour") == [  # noqa: S608 - ours
        (0, 3, 1, 115_000, 5_000, 90_000),
        (1, 1, 0, 20_000, 20_000, 20_000),
    ]


def test_written_twice(store: Store, rows: Rows) -> None:
    """A batch whose fate was not known may be written again: nothing is doubled, nothing told twice."""
    store.set_tasks(tasks(A))
    store.record([Transition(A, checked(), span=Span(NOON - HOUR, Status.OK, None, NOON - HOUR))], [], [])
    failing = Transition(
        A,
        checked(incident=incident()),
        span=Span(NOON, Status.ERROR, Cause.LATE, NOON),
        run=Run(NOON, NOON, healthy=True, reason=None),
        notices=(notice(),),
    )
    fine = Transition(
        A,
        checked(9),
        span=Span(NOON + 9 * MINUTE, Status.OK, None, NOON + 9 * MINUTE),
        closed=incident(closed=NOON + 9 * MINUTE),
        notices=(notice(NoticeKind.RECOVERED, 9),),
    )
    started = Notice(NoticeKind.STARTED, NOON, text="Hello World!")
    tables = ("task", "span", "incident", "run", "notice", "delivery")
    seen = []
    for _ in range(2):
        store.record([failing, fine], [started], [Route("slack"), Route("log")])
        seen.append([rows(f"SELECT * FROM {table} ORDER BY id") for table in tables])  # noqa: S608 - our own tables
    assert seen[0] == seen[1]
    assert [len(table) for table in seen[0]] == [1, 3, 1, 1, 3, 6]


def test_waiting(store: Store) -> None:
    """Each channel has its own outbox: batch by batch, and of each in the order of the notices' times."""
    store.set_tasks(tasks(A, B))
    stopped = Notice(NoticeKind.STOPPED, NOON - HOUR, text="Bye")
    store.record(
        [Transition(B, checked(), notices=(notice(url=B),)), Transition(A, checked(), notices=(notice(),))],
        [stopped],
        [Route("slack"), Route("log")],
    )
    store.record([], [notice(NoticeKind.REMINDER, 1)], [Route("slack")])
    expected = [stopped, notice(url=B), notice(), notice(NoticeKind.REMINDER, 1)]
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == expected
    assert [delivery.notice for delivery in store.waiting("log", NOON)] == expected[:3]
    assert [delivery.notice for delivery in store.waiting("slack", NOON, limit=2)] == expected[:2]
    assert store.waiting("sentry", NOON) == ()


def test_settle(store: Store, rows: Rows) -> None:
    """A try is noted on all deliveries of its parcel; those that wait on are still in the outbox."""
    store.set_tasks(tasks(A, B))
    store.record([], [notice(), notice(url=B), notice(NoticeKind.REMINDER, 1)], [Route("slack")])
    one, two, three = store.waiting("slack", NOON)
    store.settle(settled([one, two], DeliveryState.WAITING))
    store.settle(settled([two], DeliveryState.GIVEN_UP))
    assert store.waiting("slack", NOON) == (
        replace(one, attempts=1, next_try=NOON + 2 * MINUTE),
        three,
    )
    assert rows("SELECT state, attempts, settled IS NULL, receipt, error FROM delivery ORDER BY id") == [
        ("waiting", 1, 0, None, "a reason"),
        ("given_up", 2, 0, None, "a reason"),
        ("waiting", 0, 1, None, None),
    ]


def test_taking_up(store: Store, rows: Rows) -> None:
    """After a start all is due, old greetings have expired, and a channel that is gone gets nothing more.

    A greeting that never expires tells for how long nobody watched, and is told still.
    """
    store.set_tasks(tasks(A))
    hello = Notice(NoticeKind.STARTED, NOON, text='Hello, "expires":null', expires=NOON + MINUTE)
    unwatched = Notice(NoticeKind.STARTED, NOON + MINUTE, text="No tasks were checked for 12 min.")
    store.record([], [notice(), hello], [Route("slack"), Route("hipchat")])
    store.record([], [unwatched], [Route("slack")])
    one, _, told_still = store.waiting("slack", NOON)
    store.settle(settled([one], DeliveryState.WAITING))
    revision = store.revision()
    store.resume_deliveries(["slack", "log"], NOON + HOUR)
    assert store.waiting("slack", NOON) == (replace(one, attempts=1), told_still)
    assert store.waiting("hipchat", NOON) == ()
    assert store.revision() != revision
    assert rows("SELECT channel, state, error FROM delivery WHERE state <> 'waiting' ORDER BY id") == [
        ("hipchat", "given_up", "the channel is no longer configured"),
        ("slack", "expired", "the process that it is about has ended"),
        ("hipchat", "given_up", "the channel is no longer configured"),
    ]


def test_taking_up_after_the_clock_was_set_back(store: Store) -> None:
    """What was to be told by a clock that ran ahead is due at once, not when that time comes round again."""
    store.set_tasks(tasks(A))
    store.record([], [notice()], [Route("slack")])
    store.resume_deliveries(["slack"], NOON - HOUR)
    assert [delivery.next_try for delivery in store.waiting("slack", NOON)] == [NOON - HOUR]


@pytest.mark.parametrize(
    ("state", "alerted", "thread"),
    [
        (None, False, None),
        (DeliveryState.WAITING, False, None),
        (DeliveryState.GIVEN_UP, False, None),
        (DeliveryState.EXPIRED, False, None),
        (DeliveryState.DELIVERED, True, "1503435956.000247"),
    ],
)
def test_alerted(store: Store, state: DeliveryState | None, alerted: bool, thread: str | None) -> None:  # noqa: FBT001 - a table's row
    """A delivery knows whether its channel was given the alert of its incident, and under which receipt."""
    store.set_tasks(tasks(A, B))
    failing = [Transition(url, checked(incident=incident()), notices=(notice(url=url),)) for url in (A, B)]
    store.record(failing, [], [Route("slack"), Route("log")])
    if state:
        store.settle(settled(store.waiting("slack", NOON)[:1], state, "1503435956.000247"))
    recovered = [notice(NoticeKind.RECOVERED, 5, url) for url in (A, B)]
    store.record([], recovered, [Route("slack"), Route("log")])
    told = [
        (delivery.alerted, delivery.thread)
        for channel in ("slack", "log")
        for delivery in store.waiting(channel, NOON)
        if delivery.notice in recovered
    ]
    assert told == [(alerted, thread), (False, None), (False, None), (False, None)]


def test_readers_next_to_the_writer(store: Store) -> None:
    """Readers in other threads neither disturb the writer nor wait for it; they see whole batches."""
    store.set_tasks(tasks(A, B))
    seen: list[set[int]] = []

    def read() -> None:
        while not seen or seen[-1] != {40}:
            seen.append({snapshot.state.pings for snapshot in store.task_snapshots()})
            # Otherwise the writer hardly gets a turn on a busy machine, and the server ends its transaction.
            sleep(0.005)

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for pings in range(1, 41):
        store.record([Transition(url, checked(pings=pings)) for url in (A, B)], [], [])
    for reader in readers:
        reader.join(60)
    assert not any(reader.is_alive() for reader in readers)
    assert {len(pings) for pings in seen} == {1}


def test_writers_take_turns(store: Store) -> None:
    """Writers in several threads wait for each other instead of failing."""
    store.set_tasks(tasks(A))
    failures: list[StoreError] = []

    def write(channel: str) -> None:
        try:
            for minutes in range(20):
                store.record([], [notice(NoticeKind.REMINDER, minutes)], [Route(channel)])
                store.settle(settled(store.waiting(channel, NOON), DeliveryState.DELIVERED))
        except StoreError as error:
            failures.append(error)

    writers = [Thread(target=write, args=(f"{number}",)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    assert [store.waiting(f"{number}", NOON) for number in range(3)] == [(), (), ()]
