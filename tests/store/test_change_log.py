"""Which tasks have changed since a version."""

from py_pinger.core.model.versioned_tasks import NO_VERSION
from py_pinger.store.change_log import ChangeLog


def test_the_changes_since_a_version() -> None:
    """Of a version that is known all later changes are, of the current one none."""
    log = ChangeLog(4)
    first = log.version
    log.add(["a", "b"])
    second = log.version
    log.add(["b", "c"])
    found = [log.since(each) for each in (first, second, log.version)]
    assert found == [frozenset("abc"), frozenset("bc"), frozenset()]


def test_too_many_changes_are_forgotten() -> None:
    """The first changes are forgotten, and all tasks have to be read by those who do not know them."""
    log = ChangeLog(4)
    first = log.version
    log.add(["a", "b"])
    second = log.version
    log.add(["c", "d", "e"])
    assert [log.since(each) for each in (first, second)] == [None, frozenset("cde")]
    log.add(["a", "b", "c", "d", "e"])
    assert [log.since(each) for each in (second, log.version)] == [None, frozenset()]


def test_a_change_of_no_task() -> None:
    """A batch of notices alone, or a poll that finds nothing new, is no change."""
    log = ChangeLog(4)
    first = log.version
    log.add([])
    assert (log.version, log.since(first)) == (first, frozenset())


def test_a_version_of_another_log() -> None:
    """Of other tasks, of another log and of a reader that has read nothing, nothing is known."""
    log = ChangeLog(4)
    first = log.version
    log.add(["a"])
    log.forget()
    assert [log.since(each) for each in (first, NO_VERSION, ChangeLog(4).version)] == [None, None, None]
