"""Acknowledges the failing tasks that a pattern selects: `pinger ack`, and `pinger silence --until-ok`."""

from __future__ import annotations

import click

from py_pinger.cli.exits import CannotStart, UsageProblem
from py_pinger.cli.suppression.chosen_tasks import choose, named, read_pattern, suggestion
from py_pinger.cli.suppression.suppression_place import SuppressionPlace
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean

LONGEST_WHY = 200


def acknowledge(place: SuppressionPlace, text: str, why: str) -> None:
    """Acknowledge the open incidents of the tasks that match, and print which; raises CannotStart if none."""
    chosen = require_tasks(place, text)
    urls = place.acknowledge([each.url for each in chosen], clean(why, LONGEST_WHY))
    made = [each for each in chosen if each.url in set(urls)]
    if not made:
        raise CannotStart(f"No changes were made: {named(chosen)} matching, but not failing.")
    pronoun = "it is" if len(made) == 1 else "they are"
    click.echo(f"Acknowledged {named(made)}: no further notifications until {pronoun} ok.")


def require_tasks(place: SuppressionPlace, text: str) -> list[TaskLabels]:
    """Return the tasks that match a pattern. Raises UsageProblem if there are none."""
    pattern, tasks = read_pattern(text), place.tasks()
    chosen = choose(pattern, tasks)
    if not chosen:
        raise UsageProblem(f"No task matches {pattern}{suggestion(pattern, tasks)}")
    return chosen
