"""The scripts and the launcher on machines that lack something: each names it in one sentence."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A Python that is too old, and one as Debian ships it: without ensurepip.
TOO_OLD = """#!/bin/sh
case $* in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac
"""
NO_VENV = """#!/bin/sh
case $* in *ensurepip*) exit 1 ;; *) exit 0 ;; esac
"""

NO_PYTHON_FOUND = (
    "Python is missing: install version 3.11 or newer (`apt-get install python3 python3-venv`), "
    "then run this again.\n"
)
TOO_OLD_FOUND = "Py Pinger needs Python 3.11 or newer, and only Python 3.9.2 was found.\n"
NO_VENV_FOUND = (
    "Python's venv module is missing: install it with `apt-get install python3-venv`, then run this again.\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the scripts need, without an environment."""
    for name in ("scripts/environment", "scripts/run", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder for PATH with all that the scripts call, except Python."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "cat", "cksum", "dirname", "rm"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def program(file: Path, text: str) -> None:
    """Write a program."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    file.chmod(0o755)


def said_by(command: list[str], **environ: str) -> tuple[int, str]:
    """Run a command from another folder, and return its exit code and its output."""
    done = subprocess.run(
        command,
        cwd="/",
        env=os.environ | environ,
        stdout=-1,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("pythons", "sentence"),
    [
        pytest.param({}, NO_PYTHON_FOUND, id="no Python"),
        pytest.param({"python3": TOO_OLD}, TOO_OLD_FOUND, id="an old Python"),
        pytest.param({"python3": NO_VENV}, NO_VENV_FOUND, id="no venv"),
        pytest.param(
            {"python3": TOO_OLD, "python3.12": NO_VENV}, NO_VENV_FOUND.replace("3-", "3.12-"), id="by name"
        ),
    ],
)
def test_missing_python_is_explained(
    checkout: Path, programs: Path, pythons: dict[str, str], sentence: str
) -> None:
    """Where no environment can be made, the script says what is missing and how to get it, and fails."""
    for name, text in pythons.items():
        program(programs / name, text)
    assert said_by([str(checkout / "scripts" / "run")], PATH=str(programs)) == (1, sentence)


def test_another_env_is_kept(checkout: Path, programs: Path) -> None:
    """A .env that is not a virtual environment is left as it is."""
    (checkout / ".env").write_text("SECRET=1", "utf-8")
    assert said_by([str(checkout / "scripts" / "run")], PATH=str(programs)) == (
        1,
        ".env exists but is not a virtual environment. Move it elsewhere, then run this again.\n",
    )
    assert (checkout / ".env").read_text("utf-8") == "SECRET=1"


@pytest.fixture
def recorder(checkout: Path) -> Path:
    """Put a Python into .env that records how it was called, and return the record."""
    calls = checkout / "calls"
    program(checkout / ".env" / "bin" / "python", f'#!/bin/sh\necho "$*" >>{calls}\n')
    (checkout / ".env" / "pyvenv.cfg").touch()
    return calls


def test_an_environment_is_installed_once(checkout: Path, recorder: Path) -> None:
    """A second run installs nothing, a changed requirement installs again, and so does an interrupted try."""
    environment = [str(checkout / "scripts" / "environment"), "requirements.txt"]
    options = "--quiet --disable-pip-version-check --require-hashes"
    install = f"-m pip install {options} --requirement requirements.txt"

    def installs() -> int:
        recorder.unlink(missing_ok=True)
        assert said_by(environment)[0] == 0
        return recorder.read_text("utf-8").splitlines().count(install)

    assert [installs(), installs()] == [1, 0]
    (checkout / "requirements.txt").write_text("flask==1\n", "utf-8")
    assert [installs(), installs()] == [1, 0]
    (checkout / ".env" / "installed-requirements.txt").write_text("", "utf-8")
    assert [installs(), installs()] == [1, 0]


@pytest.mark.parametrize(
    ("ini", "arguments", "started"),
    [
        pytest.param(False, [], "run --demo", id="the demo"),
        pytest.param(False, ["--port", "3010"], "run --demo --port 3010", id="the demo elsewhere"),
        pytest.param(True, [], "run --config {root}/pinger.ini", id="pinger.ini"),
        pytest.param(True, ["--demo"], "run --demo", id="the demo, although there is a pinger.ini"),
        pytest.param(False, ["--config", "my.ini"], "run --config my.ini", id="another file"),
    ],
)
@pytest.mark.usefixtures("recorder")
def test_run_starts_what_there_is(checkout: Path, *, ini: bool, arguments: list[str], started: str) -> None:
    """The program is started with what the user asks for, else pinger.ini, else the demo, and says so."""
    if ini:
        (checkout / "pinger.ini").touch()
    code, said = said_by([str(checkout / "scripts" / "run"), *arguments])
    calls = (checkout / "calls").read_text("utf-8").splitlines()
    assert (code, calls[-1]) == (0, f"{checkout}/src/pinger.py {started.format(root=checkout)}")
    assert ("There is no pinger.ini yet, so this is the demo" in said) is (
        not ini and "--config" not in arguments
    )


def test_missing_libraries_are_named() -> None:
    """Missing libraries lead to a sentence with the remedy, without a traceback."""
    code, said = said_by([sys.executable, "-S", "-E", str(ROOT / "src" / "pinger.py")])
    assert code == 2
    assert said.startswith(
        "Py Pinger's libraries are not installed: run `pip install -r requirements.txt` (missing: "
    )
    assert said.count("\n") == 1


def test_an_old_python_is_rejected() -> None:
    """An old Python can read the launcher, which says that it is too old."""
    launcher = (ROOT / "src" / "pinger.py").read_text("utf-8")
    old = launcher.replace("sys.version_info", "(3, 6)")
    done = subprocess.run([sys.executable, "-"], input=old, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "Py Pinger needs Python 3.11 or newer; this is Python 3.6.\n",
    )


@pytest.mark.parametrize(
    "start", [[str(ROOT / "src" / "pinger.py")], ["-m", "py_pinger"]], ids=["launcher", "module"]
)
def test_an_interrupted_start_is_quiet(start: list[str], tmp_path: Path) -> None:
    """Ctrl-C while the libraries are being loaded ends the program silently; exit code 130."""
    (tmp_path / "click.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n", "utf-8")
    path = f"{tmp_path}{os.pathsep}{ROOT / 'src'}"
    assert said_by([sys.executable, *start], PYTHONPATH=path) == (130, "")


@pytest.mark.parametrize(
    "start", [[str(ROOT / "src" / "pinger.py")], ["-m", "py_pinger"]], ids=["launcher", "module"]
)
def test_the_program_starts_both_ways(start: list[str]) -> None:
    """`python src/pinger.py` and `python -m py_pinger` are the same program."""
    command = [sys.executable, *start, "--version"]
    environ = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Py Pinger, version ")


def test_no_test_is_left_out() -> None:
    """Each folder of tests is in a process of scripts/test, but for one that needs large programs."""
    script = (ROOT / "scripts" / "test").read_text("utf-8")
    measured, processes = (
        re.search(rf'^{name}="(.*)"$', script, re.MULTILINE)[1]  # type: ignore[index]  # it is there
        for name in ("measured", "processes")
    )
    folders = [*measured.replace(",", " ").split(), *re.findall(r"(?<=tests/)[a-z]+(?= )", processes)]
    assert sorted([*folders, "integrations"]) == sorted(
        folder.name for folder in (ROOT / "tests").iterdir() if list(folder.glob("**/test_*.py"))
    )
    assert {"tests/test_*.py", "client/tests"} <= {*processes.split()}
