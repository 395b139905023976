"""Which folder may import which, and what the core may not use."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "py_pinger"

MIDDLE = {"engine", "channels", "store", "web"}

# The parts that a part may import in addition to itself, for its types too. The four in the middle
# never import each other; app connects them.
PARTS = {
    "__init__": set[str](),
    "core": set[str](),
    "config": {"core"},
    **{part: {"core", "config"} for part in MIDDLE},
    "app": {"core", "config", *MIDDLE},
    "cli": {"core", "config", *MIDDLE, "app"},
    "__main__": {"cli"},
}

# The folders of its own part that a folder may import in addition to itself.
FOLDERS = {
    "core": set[str](),
    "core/text": {"core"},
    "core/model": {"core", "core/text"},
    "core/faults": {"core", "core/model", "core/probing", "core/text"},
    "core/evaluation": {"core", "core/faults", "core/model", "core/text"},
    "core/suppression": {"core", "core/model", "core/text"},
    "core/discovery": {"core", "core/model", "core/text"},
    "core/remedy": {"core/model"},
    "core/notification": {"core", "core/model", "core/remedy", "core/text"},
    "core/probing": {"core", "core/model", "core/text"},
    "core/status_page": {"core", "core/model", "core/text"},
    "core/cluster": {"core", "core/model", "core/text"},
    "core/selfcheck": {"core", "core/cluster", "core/evaluation", "core/model", "core/text"},
    "core/push": {"core", "core/evaluation", "core/model", "core/text"},
    "core/reading/documents": {"core/model", "core/text"},
    "core/reading": {"core", "core/evaluation", "core/model", "core/reading/documents", "core/text"},
    "core/places": {
        "core",
        "core/evaluation",
        "core/faults",
        "core/model",
        "core/reading",
        "core/reading/documents",
        "core/text",
    },
    "core/replay": {
        "core",
        "core/evaluation",
        "core/model",
        "core/notification",
        "core/selfcheck",
        "core/suppression",
        "core/text",
    },
    "config/values": set[str](),
    "config/schema": {"config/values"},
    "config/parsing": {"config/schema", "config/values"},
    "config/sections": {"config/parsing", "config/schema", "config/values"},
    "config": {"config/parsing", "config/schema", "config/sections", "config/values"},
    "engine": set[str](),
    "engine/runtime": set[str](),
    "engine/probing": {"engine/runtime"},
    "engine/push": {"engine/runtime"},
    "engine/reading": {"engine/runtime"},
    "engine/suppression": {"engine/runtime"},
    "engine/recording": {"engine/runtime"},
    "engine/cluster": {"engine/runtime"},
    "engine/notification": {"engine/runtime"},
    "engine/selfcheck": {"engine/probing", "engine/runtime"},
    "engine/checking": {"engine/probing", "engine/runtime", "engine/selfcheck", "engine/suppression"},
    "channels": set[str](),
    "channels/slack": {"channels"},
    "channels/email": {"channels"},
    "channels/sentry": {"channels"},
    "store/tables": set[str](),
    "store/database": {"store/tables"},
    "store/queries/cluster": {"store/database", "store/queries", "store/tables"},
    "store/queries": {"store/database", "store/tables"},
    "store/repeats": {"store/database", "store/queries", "store/queries/cluster", "store/tables"},
    "store": {
        "store/database",
        "store/queries",
        "store/queries/cluster",
        "store/repeats",
        "store/tables",
    },
    "store/migrations": set[str](),
    "store/migrations/versions": set[str](),
    "web/view": set[str](),
    "web/security": set[str](),
    "web/http": {"web/security"},
    "web/push": {"web/http", "web/security"},
    "web/metrics": {"web/view"},
    "web/demo": set[str](),
    "web/tasks": {"web/view"},
    "web/wall": {"web/tasks", "web/view"},
    "web/past": {"web/view"},
    "web/text": {"web/view"},
    "web/reference": set[str](),
    "web/status": {"web/past", "web/view"},
    "web/pages": {
        "web/demo",
        "web/http",
        "web/metrics",
        "web/past",
        "web/reference",
        "web/security",
        "web/status",
        "web/tasks",
        "web/view",
        "web/wall",
    },
    "web/cluster": {"web/http", "web/pages", "web/tasks", "web/view"},
    "web/api": {"web/http", "web/pages", "web/security", "web/view"},
    "web": {
        "web/api",
        "web/cluster",
        "web/demo",
        "web/http",
        "web/metrics",
        "web/pages",
        "web/past",
        "web/push",
        "web/security",
        "web/tasks",
        "web/text",
        "web/view",
        "web/wall",
    },
    "app": {"app/demo", "app/logs", "app/push"},
    "app/logs": set[str](),
    "app/cluster": {"app", "app/push"},
    "app/demo": set[str](),
    "app/push": set[str](),
    "cli": set[str](),
    "cli/tasks": {"cli"},
    "cli/cluster": {"cli", "cli/tasks"},
    "cli/suppression": {"cli", "cli/tasks"},
    "cli/look": {"cli"},
    "cli/replay": {"cli"},
    "cli/push": {"cli", "cli/tasks"},
    "cli/commands/suppression": {"cli", "cli/suppression", "cli/tasks"},
    "cli/commands": {
        "cli",
        "cli/cluster",
        "cli/replay",
        "cli/push",
        "cli/suppression",
        "cli/tasks",
        "cli/look",
    },
}

# The core consists of values and arithmetic. It reads no clock, no disk and no network.
CORE_MAY_IMPORT = {
    "__future__",
    "bisect",
    "collections",
    "cronsim",
    "dataclasses",
    "datetime",
    "dateutil",
    "difflib",
    "email",
    "enum",
    "functools",
    "hashlib",
    "html",
    "http",
    "ipaddress",
    "itertools",
    "jmespath",
    "json",
    "math",
    "operator",
    "orjson",
    "prometheus_client",
    "re",
    "types",
    "typing",
    "unicodedata",
    "urllib",
    "xml",
    "zoneinfo",
}
CORE_MAY_NOT_IMPORT = {"http.client", "http.server", "urllib.request"}
CLOCKS = {"now", "utcnow", "today"}


def modules(part: str = "") -> list[Path]:
    """Return the source files of the package, or of one part of it."""
    return sorted((PACKAGE / part).rglob("*.py"))


def folder_of(module: Path) -> str:
    """Return the folder of a module, such as core/text; the own name of a module without one."""
    parent = module.relative_to(PACKAGE).parent
    return parent.as_posix() if parent.parts else module.stem


def part_of(folder: str) -> str:
    """Return the part that a folder belongs to: the first segment of its path."""
    return folder.partition("/")[0]


def nodes(module: Path) -> Iterator[ast.AST]:
    """Yield all nodes of a module's syntax tree."""
    return ast.walk(ast.parse(module.read_text("utf-8")))


@cache
def imports_of(module: Path) -> frozenset[str]:
    """Return the dotted names a module imports, `from a import b` as `a.b`, anywhere in it."""
    found: set[str] = set()
    for node in nodes(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by relative name, which this test cannot follow"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


@cache
def module_named(name: str) -> Path | None:
    """Return the file of a dotted name of the package, None if it names no module."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def folders_imported_by(module: Path) -> frozenset[str]:
    """Return the folders of the package that a module imports from, without its own."""
    names = [name for name in imports_of(module) if name.startswith("py_pinger.")]
    files = [module_named(name) or module_named(name.rpartition(".")[0]) for name in names]
    return frozenset(folder_of(file) for file in files if file) - {folder_of(module)}


def faults(part: str, of: Callable[[Path], set[str]]) -> dict[str, set[str]]:
    """Return what is wrong in the modules of a part, by their paths in the package."""
    found = {module.relative_to(PACKAGE).as_posix(): of(module) for module in modules(part)}
    return {module: wrong for module, wrong in found.items() if wrong}


def test_imports_run_one_way() -> None:
    """A module imports its own part and those below it, never one next to or above it."""

    def not_allowed(module: Path) -> set[str]:
        part = part_of(folder_of(module))
        imported = {part_of(folder) for folder in folders_imported_by(module)}
        return imported - {part, "__init__"} - PARTS[part]

    assert faults("", not_allowed) == {}


def test_folders_of_a_part_have_an_order() -> None:
    """A module imports only those folders of its own part that the table allows."""

    def not_allowed(module: Path) -> set[str]:
        folder = folder_of(module)
        inside = {each for each in folders_imported_by(module) if part_of(each) == part_of(folder)}
        return inside - FOLDERS.get(folder, set())

    assert faults("", not_allowed) == {}


@pytest.mark.parametrize("table", [PARTS, FOLDERS], ids=["parts", "folders"])
def test_the_tables_allow_no_circle(table: dict[str, set[str]]) -> None:
    """Neither table allows that folders import each other in a circle."""
    try:
        TopologicalSorter(table).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {error.args[1]}")


def test_the_tables_are_complete() -> None:
    """Each folder of the package is in the tables, and each folder in the tables exists."""
    folders = {folder_of(module) for module in modules()}
    assert set(PARTS) == {part_of(folder) for folder in folders}
    assert set(FOLDERS) == {folder for folder in folders if (PACKAGE / folder).is_dir()}


def test_the_core_imports_values_and_arithmetic_only() -> None:
    """No module of the core imports a library that reads a clock, a file or the network, or logs."""

    def not_allowed(module: Path) -> set[str]:
        names = {name for name in imports_of(module) if not name.startswith("py_pinger.")}
        parts = {".".join(name.split(".")[:2]) for name in names}
        return {name.split(".")[0] for name in names} - CORE_MAY_IMPORT | parts & CORE_MAY_NOT_IMPORT

    assert faults("core", not_allowed) == {}


def test_the_core_reads_no_clock() -> None:
    """No module of the core calls datetime.now and the like: the time is always an argument."""

    def read(module: Path) -> set[str]:
        return {node.attr for node in nodes(module) if isinstance(node, ast.Attribute)} & CLOCKS

    assert faults("core", read) == {}


def test_the_core_opens_no_file() -> None:
    """No module of the core calls open, print or input."""

    def called(module: Path) -> set[str]:
        functions = {call.func for call in nodes(module) if isinstance(call, ast.Call)}
        return {each.id for each in functions if isinstance(each, ast.Name)} & {"open", "print", "input"}

    assert faults("core", called) == {}
