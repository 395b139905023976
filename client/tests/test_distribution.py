"""The client as people install it: wheel, single file, and part of Py Pinger."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from client.tests.support.executing import LIMIT
from client.tests.support.pythons import on_each_python

import pinger_report

CLIENT = Path(__file__).parents[1]
ROOT = CLIENT.parent
MODULES = {
    file.relative_to(CLIENT / "src").as_posix()
    for file in (CLIENT / "src").rglob("*")
    if file.suffix == ".py" or file.name == "py.typed"
}


def run(*command: str | Path, folder: Path, environ: dict[str, str] | None = None) -> str:
    """Run a program to its end, with hardly any environment, and return what it printed."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environ or {})}
    return subprocess.run(
        command, cwd=folder, env=bare, check=True, capture_output=True, text=True, timeout=LIMIT
    ).stdout


def built(kind: str, source: Path, folder: Path) -> Path:
    """Build a wheel or an sdist."""
    run(sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", folder, folder=source)
    (file,) = folder.iterdir()
    return file


def test_the_wheel(tmp_path: Path) -> None:
    """The wheel has the module, its types and its licence, needs no library, and the sdist makes the same."""
    wheel = built("wheel", CLIENT, tmp_path / "wheel")
    names = zipfile.ZipFile(wheel).namelist()
    version = pinger_report.__version__
    about = f"pinger_report-{version}.dist-info"
    assert set(names) == MODULES | {
        f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    metadata = zipfile.ZipFile(wheel).read(f"{about}/METADATA").decode()
    assert "Requires-Python: >=3.9\n" in metadata
    assert "Requires-Dist" not in metadata
    with tarfile.open(built("sdist", CLIENT, tmp_path / "sdist")) as files:
        files.extractall(tmp_path, filter="data")
    again = built("wheel", tmp_path / f"pinger_report-{version}", tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes()


def test_only_the_standard_library_is_imported() -> None:
    """No module imports anything else, in whatever function."""
    nodes = [
        node
        for file in (CLIENT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "pinger_report"}


def test_the_licence_is_that_of_the_project() -> None:
    """Both distributions have the same licence."""
    assert (CLIENT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_installed_by_pip(tmp_path: Path) -> None:
    """Installed by pip it has the command `pinger-exec`, the same as `python -m pinger_report exec`."""
    wheel = built("wheel", CLIENT, tmp_path / "wheel")
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    quietly = ("--quiet", "--no-index", "--no-deps", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *quietly, wheel, folder=tmp_path)
    arguments = ("--name", "task", "--write", tmp_path / "pages", "--", "echo", "out")
    assert run(tmp_path / "env" / "bin" / "pinger-exec", *arguments, folder=tmp_path) == "out\n"
    assert run(python, "-m", "pinger_report", "exec", *arguments, folder=tmp_path) == "out\n"


@on_each_python()
def test_one_file(tmp_path: Path, python: str) -> None:
    """`scripts/pyz` makes one file that runs on each Python, with and without the word `exec`."""
    file = tmp_path / "bin" / "pinger-exec.pyz"
    run(ROOT / "scripts" / "pyz", file, folder=tmp_path)
    arguments = ("--name", "task", "--write", tmp_path / "pages", "--", "echo", "out")
    for words in ((), ("exec",)):
        assert run(python, file, *words, *arguments, folder=tmp_path) == "out\n"
    page = json.loads((tmp_path / "pages" / "task.json").read_text("utf-8"))
    assert page["status"] == "ok"
    assert os.access(file, os.X_OK)
    again = tmp_path / "again.pyz"
    run(ROOT / "scripts" / "pyz", again, folder=tmp_path)
    assert again.read_bytes() == file.read_bytes()


LOADED = """
import runpy, sys
sys.argv = ["pinger", "exec", "--name", "task", "--write", sys.argv[2], "--", "true"]
try:
    {start}
except SystemExit as ended:
    print(ended.code, *sys.modules)
"""


@pytest.mark.parametrize(
    "start",
    [
        "runpy.run_module('py_pinger', run_name='__main__')",
        "runpy.run_path('{root}/src/pinger.py', run_name='__main__')",
        "from py_pinger.__main__ import run; run()",
    ],
)
def test_pinger_exec_loads_nothing_of_py_pinger(tmp_path: Path, start: str) -> None:
    """`pinger exec` is the client alone, however Py Pinger is started, and needs none of its libraries."""
    code = LOADED.replace("{start}", start.format(root=ROOT))
    path = f"{ROOT / 'src'}{os.pathsep}{CLIENT / 'src'}"
    command = (sys.executable, "-S", "-c", code, "-", tmp_path / "pages")
    ended, *loaded = run(*command, folder=tmp_path, environ={"PYTHONPATH": path}).split()
    assert ended == "0"
    assert {each for each in loaded if each.startswith("py_pinger")} <= {"py_pinger", "py_pinger.__main__"}
    assert json.loads((tmp_path / "pages" / "task.json").read_text("utf-8"))["status"] == "ok"
