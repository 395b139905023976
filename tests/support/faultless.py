"""Verdicts and reports without their fault, which `tests/core/faults/test_faults.py` covers row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from py_pinger.core.model.check import InvalidReport, TaskReport, Verdict

_Value = TypeVar("_Value", Verdict, InvalidReport, TaskReport)


def faultless(value: _Value) -> _Value:
    """Return a verdict or a report as it would be without knowing what exactly is wrong."""
    return replace(value, fault=None)
