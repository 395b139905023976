"""Py Pinger on a farm with a page of each kind: right verdicts pass, and whatever is wrong is told."""

import pytest
from bench.errors import BenchError
from bench.farm import Expected, Farm, Kind
from bench.program import Program
from bench.tree import Tree

pytestmark = pytest.mark.usefixtures("_nginx")

QUICK = {"interval": 1, "error_interval": 1, "timeout": 2, "retries": 0}


def test_each_kind_gets_the_right_verdict(here: Tree) -> None:
    """Every kind of page gets its verdict and its notices; a wrong one fails."""
    with Farm(dict.fromkeys(Kind, 1), 2) as farm, Program(here, farm, QUICK) as program:
        program.wait_until_judged()
        program.verify()
        program.verify_written()
        healthy = next(page for page in farm.pages if page.kind is Kind.HEALTHY)
        farm.expected[healthy.url] = Expected("ok", None, ("failed", "recovered"))
        with pytest.raises(BenchError, match=rf"{healthy.url}: the notices are \(\), due are"):
            program.verify()
        farm.expected[healthy.url] = Expected("error", "late")
        with pytest.raises(BenchError, match=rf"{healthy.url}: the verdict is \('ok', None\)"):
            program.verify()
        with pytest.raises(BenchError, match=rf"{healthy.url}: the verdict is \('ok', None\)"):
            program.verify_written()


def test_a_program_that_cannot_start_says_why(here: Tree) -> None:
    """What the program said last is passed on."""
    with (
        Farm({Kind.HEALTHY: 1}, 1) as farm,
        pytest.raises(BenchError, match=r"exit code 2\n.*interval"),
        Program(here, farm, {"interval": "often"}),
    ):
        pass
