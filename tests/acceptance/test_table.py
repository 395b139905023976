"""docs/acceptance.md, the table of what is held by which test, against the tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.program import ROOT

HERE = Path(__file__).parent
TEST = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")


def named() -> set[tuple[Path, str]]:
    """Return the tests that the table names; all of a file's where it names the file alone."""
    found = TEST.findall((ROOT / "docs" / "acceptance.md").read_text("utf-8"))
    files = [((ROOT if "/" in file else HERE) / file, test) for file, test in found]
    return {(file, test) for file, one in files for test in ([one] if one else written(file))}


def written(file: Path) -> list[str]:
    """Return the names of a file's tests."""
    return [
        node.name
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def test_the_table_names_tests_that_exist() -> None:
    """Each sentence in the table names existing tests."""
    assert {(file.name, test) for file, test in named() if test not in written(file)} == set()


def test_the_table_names_all_acceptance_tests() -> None:
    """Each test of this folder is in the table."""
    here = {
        (file, test) for file in HERE.glob("test_*.py") if file != Path(__file__) for test in written(file)
    }
    assert {(file.name, test) for file, test in here - named()} == set()
