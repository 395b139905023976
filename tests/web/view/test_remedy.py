"""How to mend what a page is warned about."""

import pytest
from orjson import dumps

from py_pinger.config.sections.tasks import UNVERIFIED
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import TaskReport
from py_pinger.web.view.remedy import remedy

PAGE = {"status": "ok", "lastrun": "2026-11-22T10:00:00Z", "frequency": 10}
WINDOW = {"start": "22:00:00", "duration": 1}


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ({"lastrun": "22 Nov 2026 10:00"}, "Give it in ISO 8601"),
        ({"sleep": "at night"}, "Make it a list"),
        ({"sleep": [{"start": "22:00:00"}]}, "Give each window a start"),
        ({"sleep": [{"start": "22 Nov 2026 10:00", "duration": 1}]}, "Give it in ISO 8601"),
        ({"sleep": [WINDOW] * 400}, "Merge windows"),
    ],
)
def test_each_warning_has_its_remedy(change: dict[str, object], beginning: str) -> None:
    """What the contract warns of is told how to mend."""
    report = read_report(dumps({**PAGE, **change}))
    assert isinstance(report, TaskReport)
    (warning,) = report.warnings
    assert (remedy(warning) or "").startswith(beginning)


def test_an_unverified_certificate_is_told_how_to_be_verified() -> None:
    """What is set up in pinger.ini is mended there."""
    assert (remedy(UNVERIFIED) or "").startswith("Name the authority")


def test_a_page_without_a_frequency_is_told_to_give_one() -> None:
    """The assumed frequency has its remedy; what is not known as a warning has none."""
    assert remedy("the page has no frequency; 10 minutes are assumed") == (
        'Add the minutes between two runs as a number, such as "frequency": 10.'
    )
    assert remedy("and 3 warnings more") is None
