"""The table of faults in docs/reliability.md, compared with the tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.program import ROOT

HERE = Path(__file__).parent
TABLE = ROOT / "docs" / "reliability.md"
TEST = re.compile(r"`((?:cluster/)?test_\w+\.py)::(\w+)`")


def written(file: Path) -> set[tuple[str, str]]:
    """Return the tests in a file."""
    return {
        (file.relative_to(HERE).as_posix(), node.name)
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_the_table_names_each_test_of_the_fault_suite() -> None:
    """Each row of the table names an existing test, and each test has a row."""
    here = {test for file in HERE.rglob("test_*.py") if file != Path(__file__) for test in written(file)}
    assert set(TEST.findall(TABLE.read_text("utf-8"))) == here
