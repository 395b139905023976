"""A name stands for one thing: no class or file name stands twice in the source, and no folder is crowded."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "py_pinger"

# Modules in one folder, `__init__.py` apart: as many as a reader takes in at a glance.
MOST_MODULES = 18

# The rule in core/selfcheck, and the loop that applies it in engine/selfcheck.
RULE_AND_LOOP = {"clock.py", "connectivity.py", "discovery.py", "pause.py", "resources.py"}

# One subject in several layers: its value or rule in core, its statements in store/queries, its command in
# cli/commands, its sections in config/sections, its page in web/pages, and how the page draws it in web/view.
ONE_SUBJECT = {
    "badge.py",
    "channel.py",
    "check.py",
    "health.py",
    "history.py",
    "incidents.py",
    "maintenance.py",
    "metrics.py",
    "password.py",
    "push.py",
    "replay.py",
    "run.py",
    "silence.py",
    "silences.py",
    "task.py",
    "tasks.py",
}

# Python gives these names a meaning of their own.
GIVEN = {"__init__.py", "__main__.py"}


def modules() -> list[Path]:
    """Return the source files of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def repeated(places: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the names that stand in more than one place, with their places."""
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_class_name_stands_twice() -> None:
    """Each class of the source has a name that no other class has."""
    places = defaultdict[str, list[str]](list)
    for module in modules():
        for node in ast.parse(module.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.relative_to(PACKAGE).as_posix())
    assert repeated(places) == {}


def test_no_file_name_stands_twice() -> None:
    """Each module has a name that no other has, except those that are about the same subject."""
    places = defaultdict[str, list[str]](list)
    for module in modules():
        places[module.name].append(module.relative_to(PACKAGE).as_posix())
    allowed = RULE_AND_LOOP | ONE_SUBJECT | GIVEN
    assert {name: where for name, where in repeated(places).items() if name not in allowed} == {}


def test_the_exceptions_are_needed() -> None:
    """Each file name that may stand twice does."""
    counts = Counter(module.name for module in modules())
    assert {name for name in RULE_AND_LOOP | ONE_SUBJECT if counts[name] < 2} == set()


def test_no_folder_is_crowded() -> None:
    """No folder has more modules than a reader takes in at a glance."""
    counts = Counter(module.parent for module in modules() if module.name not in GIVEN)
    assert {str(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}
