"""The tasks that the wall shows, by its URL."""

from __future__ import annotations

import pytest
from tests.support.arranged_tasks import arranged
from tests.support.fake_data_source import NOW

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES
from py_pinger.web.tasks.task_filter import UnknownFilterError
from py_pinger.web.wall.wall_choice import WallChoice

PLACES = (("web-1", "Import"), ("WEB-2", "Backup"), ("db-1", "Backup"), (None, None))
TASKS = [
    TaskSnapshot(f"u{number}", None, TaskState(Verdict(Status.OK, process=process, server=server)))
    for number, (server, process) in enumerate(PLACES)
]


@pytest.mark.parametrize(
    ("parameters", "shown", "words"),
    [
        ({}, ["u0", "u1", "u2", "u3"], ""),
        ({"server": " "}, ["u0", "u1", "u2", "u3"], ""),
        ({"server": "web-*"}, ["u0", "u1"], "server web-*"),
        ({"server": "web"}, [], "server web"),
        ({"process": "back?p"}, ["u1", "u2"], "process back?p"),
        ({"server": "web*", "process": "b*"}, ["u1"], "server web*, process b*"),
        ({"server": "*"}, ["u0", "u1", "u2"], "server *"),
    ],
)
def test_patterns_choose_tasks(parameters: dict[str, str], shown: list[str], words: str) -> None:
    """Server and process match as a whole, regardless of case; both have to."""
    choice = WallChoice.parse(parameters)
    assert [task.url for task in choice.apply(arranged(TASKS, NOW, NO_SILENCES)).tasks] == shown
    assert choice.narrowed == words


@pytest.mark.parametrize("size", ["", "large", "small"])
def test_sizes(size: str) -> None:
    """There are two sizes, and none means that the number of tasks decides."""
    assert WallChoice.parse({"size": size}).size == size


def test_an_unknown_size_is_an_error() -> None:
    """What is not a size is named, with those that are."""
    with pytest.raises(UnknownFilterError, match=r'^size: "huge" does not exist; use one of large, small\.$'):
        WallChoice.parse({"size": "huge"})
