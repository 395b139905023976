"""The sentences that say what to do: one for each fault, or a reason why it needs none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import py_pinger
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.remedy.remedy import REMEDIES, remedy_of

# Why a fault needs no remedy.
WITHOUT = {
    FaultCode.LOCAL: "the reason names the limit of this machine to raise",
    FaultCode.SCHEDULE: "the reason has examples",
    FaultCode.PAGE_SETTING: "the reason names the key to set",
    FaultCode.REPORTED: "the task says why it failed",
}

# The words of the ini file that sentences may name; others in brackets would be keys that do not exist.
SECTIONS = {"main", "token_auth", "page", "page NAME"}


@pytest.mark.parametrize("code", FaultCode)
def test_each_fault_has_a_remedy_or_needs_none(code: FaultCode) -> None:
    """No fault is forgotten: it has a sentence, or a reason why not."""
    assert (code in REMEDIES) != (code in WITHOUT)


@pytest.mark.parametrize("failure", ProbeFailure)
def test_each_failure_has_a_fault(failure: ProbeFailure) -> None:
    """A failure without a more exact code has the one of its own name."""
    assert FaultCode(failure).value == failure.value


@pytest.mark.parametrize("code", FaultCode)
def test_each_fault_is_recognised(code: FaultCode) -> None:
    """Each code is used where something is recognised, or has the name of a failure."""
    package = Path(py_pinger.__file__).parent
    sources = (path for path in package.rglob("*.py") if path.parent.name not in {"remedy", "model"})
    used = any(re.search(rf"FaultCode\.{code.name}\b", path.read_text()) for path in sources)
    assert used or code.value in set(ProbeFailure)


@pytest.mark.parametrize(("code", "sentence"), REMEDIES.items())
def test_sentences_are_short_and_uniform(code: FaultCode, sentence: str) -> None:
    """A sentence begins with a small letter, has no full stop, and names existing sections only."""
    remedy = remedy_of(Fault(code, "DETAIL"))
    assert remedy is not None
    assert remedy[0].islower()
    assert not remedy.endswith(".")
    assert len(remedy) <= 160
    assert ("DETAIL" in remedy) == ("{detail}" in sentence)
    assert set(re.findall(r"\[([^\]]+)\]", remedy)) <= SECTIONS


def test_a_verdict_without_a_fault_has_no_remedy() -> None:
    """Healthy tasks, and errors that an older release stored, have none."""
    assert remedy_of(None) is None


def test_a_detail_with_braces() -> None:
    """What a page says is never read as a place to fill."""
    assert remedy_of(Fault(FaultCode.MISSPELLED_KEY, '"{x}" to "status"')) == 'rename "{x}" to "status"'


@pytest.mark.parametrize("fault", [Fault(FaultCode.LATE), Fault(FaultCode.LOGIN_PAGE, "/log in?")])
def test_a_fault_survives_the_database(fault: Fault) -> None:
    """What is stored as text is the same fault again."""
    assert Fault.of(str(fault)) == fault


def test_a_fault_of_a_later_release() -> None:
    """A code that this release does not know is no fault."""
    assert Fault.of("cosmic_rays 3") is None
