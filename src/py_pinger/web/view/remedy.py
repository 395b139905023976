"""How to mend what a task's page is warned about."""

from __future__ import annotations

_ISO = "Give it in ISO 8601 and UTC, such as 2018-06-28T11:37:48Z."

# The first that a warning begins with counts.
_TABLE = (
    ("lastrun ", _ISO),
    ("the page has no frequency", 'Add the minutes between two runs as a number, such as "frequency": 10.'),
    (
        "sleep window ",
        'Give each window a start and a duration in minutes: {"start": "22:00:00", "duration": 450}.',
    ),
    ("sleep start ", _ISO),
    ("sleep has ", "Merge windows: one with a time of day repeats daily, and need not be listed day by day."),
    (
        "its certificate is not verified",
        "Name the authority that signed it as ca in the task's section instead.",
    ),
    ("sleep ", 'Make it a list, even of one window: [{"start": "22:00:00", "duration": 450}].'),
)


def remedy(warning: str) -> str | None:
    """Return what to do about a warning; None where it says so itself."""
    return next((words for beginning, words in _TABLE if warning.startswith(beginning)), None)
