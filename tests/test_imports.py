"""The walls of the house: which part may import which, and what the core may not touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "py_pinger"

ROOMS = {"engine", "channels", "store", "web"}

# The parts that a part may import besides itself, for its types too.
MAY_IMPORT = {
    "__init__": set[str](),
    "core": set[str](),
    "config": {"core"},
    **{room: {"core", "config"} for room in ROOMS},
    "app": {"core", "config", *ROOMS},
    "cli": {"core", "config", *ROOMS, "app"},
    "__main__": {"cli"},
}

# What the core is made of: values and arithmetic. It reads no clock, no disk and no network.
CORE_MAY_IMPORT = {
    "__future__",
    "bisect",
    "collections",
    "cronsim",
    "dataclasses",
    "datetime",
    "dateutil",
    "email",
    "enum",
    "functools",
    "hashlib",
    "http",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "orjson",
    "re",
    "types",
    "typing",
    "unicodedata",
    "urllib",
}
CORE_MAY_NOT_IMPORT = {"http.client", "http.server", "urllib.request"}
CLOCKS = {"now", "utcnow", "today"}


def modules(part: str = "") -> list[Path]:
    """Return the source files of the package, or of one folder of it."""
    return sorted((PACKAGE / part).rglob("*.py"))


def name_of(module: Path) -> str:
    """Return where a module lies in the package, as a test is best called by it."""
    return module.relative_to(PACKAGE).as_posix()


def part_of(module: Path) -> str:
    """Return the part of the house that a module belongs to: its folder, or its own name."""
    return Path(name_of(module)).parts[0].removesuffix(".py")


def nodes(module: Path) -> Iterator[ast.AST]:
    """Yield all that a module is made of."""
    return ast.walk(ast.parse(module.read_text("utf-8")))


def imports_of(module: Path) -> Iterator[str]:
    """Yield the dotted names a module imports, `from a import b` as `a.b`, wherever they stand in it."""
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by relative name, which this test cannot follow"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported_by(module: Path) -> set[str]:
    """Return the parts of the house that a module imports."""
    names = [name.split(".") for name in imports_of(module)]
    return {name[1] for name in names if name[0] == "py_pinger" and len(name) > 1}


PARTS = {part_of(module) for module in modules()}
# What stands beside the app and the command line, each a thing that these alone use.
FURNISHINGS = PARTS - set(MAY_IMPORT)


@pytest.mark.parametrize("module", modules(), ids=name_of)
def test_imports_run_one_way(module: Path) -> None:
    """A module imports its own part of the house and those below it, never one beside or above it.

    What stands beside the app may use every room, but neither the app nor the command line.
    """
    part = part_of(module)
    furnishings = FURNISHINGS if part in FURNISHINGS | {"app", "cli"} else set[str]()
    below = MAY_IMPORT.get(part, MAY_IMPORT["app"])
    assert parts_imported_by(module) <= {part, "__version__"} | below | furnishings


def test_every_part_of_the_house_exists() -> None:
    """Each part whose imports are held above is there, so that none is held in name alone."""
    assert set(MAY_IMPORT) <= PARTS


@pytest.mark.parametrize("module", modules("core"), ids=name_of)
def test_the_core_imports_values_and_arithmetic_alone(module: Path) -> None:
    """No module of the core imports what reads a clock, a file or the network, logs, or runs a loop."""
    names = {name for name in imports_of(module) if not name.startswith("py_pinger.")}
    assert {name.split(".")[0] for name in names} <= CORE_MAY_IMPORT
    assert not {".".join(name.split(".")[:2]) for name in names} & CORE_MAY_NOT_IMPORT


@pytest.mark.parametrize("module", modules("core"), ids=name_of)
def test_the_core_reads_no_clock(module: Path) -> None:
    """No module of the core asks datetime what time it is: the time is always handed in."""
    asked = {node.attr for node in nodes(module) if isinstance(node, ast.Attribute)}
    assert not asked & CLOCKS


@pytest.mark.parametrize("module", modules("core"), ids=name_of)
def test_the_core_opens_no_file(module: Path) -> None:
    """No module of the core calls open, print or input."""
    called = {call.func for call in nodes(module) if isinstance(call, ast.Call)}
    assert not {func.id for func in called if isinstance(func, ast.Name)} & {"open", "print", "input"}
