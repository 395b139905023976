"""The order of tasks by how much they need people."""

import pytest
from tests.support.arranged_tasks import arranged
from tests.support.fake_data_source import NOW

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.urgency import MARKS, STATUSES, URGENCIES, Level, urgency
from py_pinger.web.view.task_row import row

INCIDENT = Incident(NOW, NOW, ())
ACKNOWLEDGED = ActiveSilences(NOW, MAX_TIME, acknowledgements={"": Acknowledgement("", NOW, NOW, "", "anna")})
FAILING = {Status.ERROR, Status.UNKNOWN}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("incident", [None, INCIDENT])
@pytest.mark.parametrize("silences", [NO_SILENCES, ACKNOWLEDGED])
def test_rows_and_tasks_have_the_same_urgency(
    status: Status, incident: Incident | None, silences: ActiveSilences
) -> None:
    """A task that fails needs attention unless it is acknowledged, in its row as in the task itself."""
    task = TaskSnapshot("", None, TaskState(Verdict(status), incident=incident))
    cared_for = silences is ACKNOWLEDGED and incident is not None
    failing = Level.SUPPRESSED if cared_for else Level.ATTENTION
    level = failing if incident or status in FAILING else Level.CALM
    expected = URGENCIES[level][status]
    assert urgency(row(task, NOW, silences)) is expected
    (mark,) = arranged([task], NOW, silences).marks
    assert MARKS[mark].urgency is expected


def test_attention_comes_first() -> None:
    """The level decides before the status."""
    ordered = [URGENCIES[level][status] for level in Level for status in STATUSES]
    assert sorted({*ordered}) == ordered
    assert [each.status for each in ordered[:5]] == [*STATUSES]
