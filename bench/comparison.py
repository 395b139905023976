"""A bench of one or several subjects, measured in turns, and the table of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

# What one run measured: a number for each quantity, whose name says the unit.
Figures = Mapping[str, float]

_Subject = TypeVar("_Subject")


def in_turns(
    subjects: Sequence[_Subject], runs: int, measure: Callable[[_Subject], Figures]
) -> list[list[Figures]]:
    """Return each subject's runs; a slow spell of the machine hits all alike, as they take turns."""
    rounds = [[measure(subject) for subject in subjects] for _ in range(runs)]
    return [list(runs_of_one) for runs_of_one in zip(*rounds, strict=True)]


def table(names: Sequence[str], results: Sequence[Sequence[Figures]], *, ratio: bool = True) -> str:
    """Return a line for each quantity: mean and spread of each subject.

    With `ratio` also that of the first subject's mean to the last one's, if there are several.
    """
    quantities = list(dict.fromkeys(name for runs in results for figures in runs for name in figures))
    compared = ratio and len(names) > 1
    rows = [["", *names, *(["ratio"] if compared else [])]]
    for quantity in quantities:
        columns = [[figures[quantity] for figures in runs if quantity in figures] for runs in results]
        rows.append(
            [quantity, *map(_spread, columns), *([_ratio(columns[0], columns[-1])] if compared else [])]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in rows)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    comparable = ours and theirs and fmean(theirs)
    return f"{fmean(ours) / fmean(theirs):.2f}" if comparable else ""


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    if len(set(values)) == 1:
        return number(values[0])
    return f"{number(fmean(values))} ({number(min(values))} to {number(max(values))})"


def number(value: float) -> str:
    """Return a number with about three digits that count."""
    size = abs(value)
    decimals = next(
        (places for limit, places in ((100, 0), (10, 1), (1, 2)) if size >= limit), 3 if value else 0
    )
    return f"{value:,.{decimals}f}".removesuffix(".00").removesuffix(".0")


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join((first, *(cell.strip().rjust(len(cell)) for cell in others))).rstrip()
