"""Which items of a page appear, are missing, and are removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.discovery.discovery import (
    DiscoveredItem,
    KnownItems,
    after_failure,
    after_reading,
    configured_names,
    first_known,
    item_task,
    names_by_page,
    removal,
    to_store,
)
from py_pinger.core.model.check import Cause, ItemList, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import ITEMS_READ, item_of
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAGE = "https://b.example/api?token=***"
ALL = Task(
    f"{PAGE}#*", "https://b.example/api?token=secret#*", "Backups", parents=("https://router.example/",)
)
NOTHING = KnownItems()
NAMES = ("mail", "nightly build", "prod/dump", "*", "a#b?c=d&e", "100%", "ünï 😀", "a,b", "../x")


def read(
    known: KnownItems, *names: str, at: timedelta = MINUTE, configured: tuple[str, ...] = ()
) -> KnownItems:
    """Return what is known after a reading, so long after noon."""
    return after_reading(known, ItemList(names), NOW + at, ALL, configured)


def item(name: str, **more: object) -> DiscoveredItem:
    """Return an item."""
    return replace(DiscoveredItem(f"{PAGE}#{name}", ALL.url), **more)  # type: ignore[arg-type]  # its keys


def test_items_appear() -> None:
    """All that a page lists is known in the order of its first appearance, except what is configured."""
    first = read(NOTHING, "mail", "web", configured=("mail",))
    assert first == KnownItems(NOW + MINUTE, items={"web": item("web")})
    second = read(first, "wiki", "web", at=2 * MINUTE)
    assert second == KnownItems(NOW + 2 * MINUTE, items={"web": item("web"), "wiki": item("wiki")})
    assert list(read(second, "web", "wiki", configured=("web",)).items) == ["wiki"]


def test_an_item_is_missing() -> None:
    """It is removable once readings a day apart have not listed it; seen again, it is as before."""
    known = read(read(NOTHING, "mail", "web"), "web", at=HOUR)
    assert known.items["mail"] == item("mail", last_seen=NOW + MINUTE)
    almost = read(known, "web", at=HOUR + DAY - MINUTE)
    assert (almost.items["mail"].missing_for, almost.removable) == (DAY - MINUTE, ())
    gone = read(almost, "web", at=HOUR + DAY)
    assert gone.removable == (item("mail", last_seen=NOW + MINUTE, missing_for=DAY),)
    assert read(almost, "web", "mail", at=HOUR + DAY).items["mail"] == item("mail")


def test_an_outage_removes_nothing() -> None:
    """Time in which the page could not be read does not count, nor does a clock that was set back."""
    known = read(read(NOTHING, "mail", "web"), "web", at=HOUR)
    for hours in range(1, 100):
        known = read(after_failure(known), "web", at=hours * DAY)
    assert known.items["mail"] == item("mail", last_seen=NOW + MINUTE)
    assert read(known, "web", at=DAY).items["mail"].missing_for == timedelta(0)
    assert read(after_failure(read(NOTHING, "mail")), "web", at=DAY).items["mail"].last_seen == NOW + MINUTE


def test_a_page_that_is_read_in_part() -> None:
    """An item that may be on the part that was not read is not missing; new ones appear."""
    known = after_reading(read(NOTHING, "mail"), ItemList(("web",), complete=False), NOW + DAY, ALL, ())
    assert known == KnownItems(NOW + DAY, items={"mail": item("mail"), "web": item("web")})


def test_a_thousand_items() -> None:
    """A page that lists other names each time has a bounded number of tasks, the first ones."""
    names = [str(number) for number in range(ITEMS_READ + 1)]
    known = read(NOTHING, *names)
    assert (len(known.items), known.unused) == (ITEMS_READ, 1)
    others = read(known, "x", "y", at=HOUR)
    assert (others.items.keys(), others.unused) == (known.items.keys(), 2)


@pytest.mark.parametrize(
    ("state", "read_at", "interrupted"),
    [
        (None, None, False),
        (TaskState(), None, False),
        (TaskState(Verdict(Status.OK), NOW - HOUR, NOW), NOW, False),
        (TaskState(Verdict(Status.ERROR, Cause.HTTP), NOW - HOUR, NOW), NOW - HOUR, True),
    ],
)
def test_after_a_restart(state: TaskState | None, read_at: datetime | None, interrupted: bool) -> None:  # noqa: FBT001 - a column of the table
    """The stored state of the task for all items says when they were last read."""
    items = {"mail": item("mail", last_seen=NOW, missing_for=HOUR)}
    assert first_known(state, items.values()) == KnownItems(read_at, interrupted, items)


def test_missing_while_stopped() -> None:
    """An item that vanished while Py Pinger was stopped was last seen before, and is removed a day later."""
    state = TaskState(Verdict(Status.OK), NOW - HOUR, NOW)
    known = read(first_known(state, [item("mail")]), "web", at=2 * DAY)
    assert known.items["mail"] == item("mail", last_seen=NOW)
    assert read(known, "web", at=3 * DAY).removable[0].name == "mail"
    assert read(first_known(None, [item("mail")]), "web", at=DAY).items["mail"].last_seen == NOW + DAY


def test_what_is_stored() -> None:
    """Stored is what turned missing or is listed again, and every ten minutes for how long it has been."""
    listed, missing = item("a"), item("a", last_seen=NOW)
    for before, after, stored in (
        (listed, listed, False),
        (listed, missing, True),
        (missing, listed, True),
        (missing, replace(missing, missing_for=9 * MINUTE), False),
        (missing, replace(missing, missing_for=10 * MINUTE), True),
    ):
        found = to_store(KnownItems(items={"a": before}), KnownItems(items={"a": after, "new": item("new")}))
        assert found == ((after,) if stored else ())


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.booleans(), st.integers(1, 30)), max_size=30))
def test_only_what_was_missing_for_a_day_is_removable(steps: list[tuple[set[str], bool, int]]) -> None:
    """An item is removable exactly if the hours between successful readings without it add up to a day."""
    known, now, hours, last = NOTHING, NOW, dict.fromkeys("abcd", -1), False
    for names, failed, length in steps:
        now += length * HOUR
        if failed:
            known, last = after_failure(known), False
            continue
        known = after_reading(known, ItemList(tuple(sorted(names))), now, ALL, ())
        for name in known.items:
            missing = 0 if hours[name] < 0 else hours[name] + length * last
            hours[name] = -1 if name in names else missing
        last = True
        assert {each.name for each in known.removable} == {name for name in hours if hours[name] >= 24}


@pytest.mark.parametrize("name", NAMES)
def test_a_task_for_an_item(name: str) -> None:
    """An item has the settings of the task for all, depends on it, and is named by its URL."""
    task = item_task(ALL, name)
    assert (item_of(task.url), item_of(task.address)) == (name, name)
    assert task.address.startswith("https://b.example/api?token=secret#")
    assert task.url.startswith(f"{PAGE}#")
    assert set(task.url.partition("#")[2]).isdisjoint("#?*,=& ")
    parents = ("https://b.example/api?token=***#*", "https://router.example/")
    assert task == replace(
        ALL, url=task.url, address=task.address, name=name, parents=parents, listed_by=ALL.url
    )


def test_names_by_page() -> None:
    """The names of all items, by their pages."""
    other = replace(item("x"), listed_by="https://o.example/#*")
    assert names_by_page([item("a%20b"), other, item("c")]) == {ALL.url: ["a b", "c"], other.listed_by: ["x"]}


def test_which_names_are_configured() -> None:
    """Other URLs of the same page name items; the page without an item is the item without a name."""
    urls = [ALL.url, f"{PAGE}#mail", f"{PAGE}#nightly%20build", "https://b.example/api#web", PAGE]
    assert configured_names(ALL, urls) == {"mail", "nightly build", ""}


def test_the_notice_of_a_removal() -> None:
    """It says where the item was listed, when it was seen last, and how it was."""
    daily = Schedule("0 3 * * *")
    verdict = Verdict(
        Status.OK,
        process="p",
        server="s",
        lastrun=NOW,
        frequency=HOUR,
        deadline=NOW + HOUR,
        schedule=daily,
    )
    gone = item("mail", last_seen=NOW - DAY)
    notice = Notice(
        NoticeKind.UNLISTED,
        NOW,
        url=gone.url,
        name="mail",
        process="p",
        server="s",
        lastrun=NOW,
        frequency=HOUR,
        schedule="0 3 * * *",
        deadline=NOW + HOUR,
        text="is no longer listed by Backups; it was last seen 2026-11-21 12:00:00 UTC",
    )
    assert removal(gone, ALL, TaskState(verdict), NOW) == notice
    failing = replace(verdict, status=Status.ERROR, cause=Cause.LATE, reason="late")
    incident = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))
    told = removal(gone, ALL, TaskState(failing, incident=incident), NOW)
    assert told == replace(notice, cause=Cause.LATE, reason="late")
    unknown = removal(item("mail"), replace(ALL, name=None), None, NOW)
    assert unknown.text == f"is no longer listed by {ALL.url}; it was last seen 2026-11-22 12:00:00 UTC"
