"""Py Pinger as people install it: wheel and sdist, the container, and the folders of a Debian system."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import create_server

import pytest

from py_pinger import __version__
from py_pinger.channels import KINDS
from py_pinger.config import load

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")

# What is in a wheel besides the package.
BESIDE = {
    f"py_pinger-{__version__}.data/data/share/man/man1/pinger.1",
    *(
        f"py_pinger-{__version__}.dist-info/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    ),
}

LAID_OUT = {
    "etc/py-pinger/pinger.ini": 0o640,
    "usr/lib/systemd/system/py-pinger.service": 0o644,
    "usr/share/doc/py-pinger/examples/nginx-py-pinger.conf": 0o644,
    "usr/share/doc/py-pinger/examples/pinger.ini.template": 0o644,
    "usr/share/man/man1/pinger.1": 0o644,
}


def tracked(*below: str) -> list[str]:
    """Return the files that git keeps there, or would with the next `git add`."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", *below]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).exists()})


def run(*command: str | Path, folder: Path, **environ: str) -> str:
    """Run a program to its end in a folder, with hardly any environment, and return what it printed."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **environ}
    return subprocess.run(
        command, cwd=folder, env=environ, check=True, capture_output=True, text=True, timeout=120
    ).stdout


def instructions() -> Iterator[tuple[str, str]]:
    """Yield the container's instructions, each with what it is given."""
    whole = re.sub(r"\\\n\s*", "", CONTAINERFILE)
    for line in whole.splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split(" ", 1))  # type: ignore[misc]  # no instruction stands alone


def given(name: str) -> list[str]:
    """Return what all instructions of this name are given."""
    return [value for instruction, value in instructions() if instruction == name]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the container is built from, and nothing else."""
    folder = tmp_path_factory.mktemp("context")
    for value in given("COPY"):
        *sources, place = value.split()
        if not sources[0].startswith("--"):
            for name in tracked(*sources):
                target = folder / (name if place != "./" else Path(name).name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def wheel(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of what the container has."""
    return built(context, "wheel", tmp_path_factory.mktemp("wheel"))


def built(source: Path, kind: str, folder: Path) -> Path:
    """Build a wheel or an sdist."""
    run(sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", folder, folder=source)
    (file,) = folder.iterdir()
    return file


def test_the_wheel_holds_the_package(wheel: Path) -> None:
    """All files of the package are in it, also the templates, and the manual page next to it."""
    package = {
        name.removeprefix("client/").removeprefix("src/") for name in tracked("src/py_pinger", "client/src")
    }
    named = {"py_pinger/py.typed", "py_pinger/pinger.ini.template", "pinger_report/py.typed"}
    assert named | {"py_pinger/web/openapi.json", "py_pinger/web/push/openapi.json"} <= package
    assert set(zipfile.ZipFile(wheel).namelist()) == package | BESIDE


def test_the_sdist_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """A wheel that is built from the sdist is, byte for byte, that of the repository."""
    archive = built(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as files:
        files.extractall(tmp_path, filter="data")
    again = built(tmp_path / f"py_pinger-{__version__}", "wheel", tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes()


def test_installed_it_runs_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Installed by pip, away from its sources, it writes its pinger.ini, runs, is healthy, and runs tasks."""
    home = tmp_path / "home"
    home.mkdir()
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    quietly = ("--quiet", "--no-index", "--no-deps", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *quietly, wheel, folder=tmp_path)
    # The libraries are those of the tests: to install them takes the network, and a minute.
    (packages,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (packages / "of_the_tests.pth").write_text(sysconfig.get_path("purelib"))
    pinger = tmp_path / "env" / "bin" / "pinger"
    (home / "pinger.ini").write_text(run(pinger, "config", "--template", folder=home))
    assert (tmp_path / "env" / "share" / "man" / "man1" / "pinger.1").is_file()
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    health = healthcheck(port)
    with subprocess.Popen([pinger, "run", "--port", str(port)], cwd=home, stderr=-1, text=True) as process:
        assert process.stderr
        try:
            for line in process.stderr:
                if "Watching 0 tasks" in line:
                    break
            run(*health, folder=home)
        finally:
            process.terminate()
            process.communicate()
    assert process.returncode == 0
    assert {file.name for file in home.iterdir()} == {"pinger.ini", "pinger.db", "pinger.log"}
    assert (
        run(pinger, "exec", "--name", "task", "--write", "pages", "--", "echo", "out", folder=home) == "out\n"
    )
    assert (home / "pages" / "task.json").is_file()
    with pytest.raises(subprocess.CalledProcessError):
        run(*health, folder=home)


def healthcheck(port: int) -> list[str]:
    """Return the command by which a container engine asks for our health, at another port."""
    (check,) = given("HEALTHCHECK")
    command: list[str] = json.loads(check.partition(" CMD ")[2].replace(":3002/", f":{port}/"))
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def test_the_container_is_built_in_two_stages() -> None:
    """The image that runs has no build tools and no privilege, and keeps what it remembers in a volume."""
    stages = given("FROM")
    assert [len(stage.split()) for stage in stages] == [3, 1]
    assert stages[0].split()[0] == stages[1]
    final = list(instructions())[1 + [value for _, value in instructions()].index(stages[1]) :]
    assert [value for name, value in final if name == "COPY"] == [
        "--from=build /opt/py-pinger /opt/py-pinger"
    ]
    assert [value for name, value in final if name == "USER"] == ["10001"]
    assert given("VOLUME") == given("WORKDIR")[1:] == ["/var/lib/py-pinger"]
    assert [json.loads(value) for name, value in final if name in {"ENTRYPOINT", "CMD"}] == [
        ["pinger"],
        ["run"],
    ]


def test_the_container_takes_the_steps_of_everybody() -> None:
    """It installs the pinned libraries by their hashes, and then the program without any others."""
    installs = [shlex.split(step)[2:] for step in given("RUN") if "/pip install" in step]
    assert installs == [
        ["--no-cache-dir", "--require-hashes", "--requirement", "requirements-postgresql.txt"],
        ["--no-cache-dir", "--no-deps", "."],
    ]


def test_nothing_else_is_sent_to_the_builder() -> None:
    """.containerignore lets through what the Containerfile copies, and no secret next to it."""
    lines = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    copied = {source for value in given("COPY") if value[0] != "-" for source in value.split()[:-1]}
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def laid_out(root: Path) -> dict[str, int]:
    """Return the files below a folder, with their permissions."""
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.stat().st_mode & 0o777 for file in files}


def test_debian_s_folders(tmp_path: Path) -> None:
    """Each file lies where Debian puts its like; service and commands mean the same database."""
    run(ROOT / "scripts" / "install", tmp_path, folder=ROOT)
    assert laid_out(tmp_path) == LAID_OUT
    unit = (tmp_path / "usr/lib/systemd/system/py-pinger.service").read_text("utf-8")
    assert "/opt" not in unit
    assert "PY_PINGER_INI=/etc/py-pinger/pinger.ini\n" in unit
    assert "ExecStart=/usr/bin/pinger run --config /var/lib/py-pinger/pinger.ini\n" in unit
    main = load(tmp_path / "etc/py-pinger/pinger.ini", {}, KINDS).main
    assert main.database == "sqlite:////var/lib/py-pinger/pinger.db"
    assert main.log == Path("/var/lib/py-pinger/pinger.log")


def test_settings_survive_an_upgrade(tmp_path: Path) -> None:
    """Existing settings are kept when a newer version is installed."""
    settings = tmp_path / "etc/py-pinger/pinger.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[main]\n")
    run(ROOT / "scripts" / "install", tmp_path, folder=ROOT)
    assert settings.read_text() == "[main]\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say of the unit."""
    run(ROOT / "scripts" / "install", tmp_path, folder=ROOT)
    unit = tmp_path / "usr/lib/systemd/system/py-pinger.service"
    unit.write_text(unit.read_text("utf-8").replace("/usr/bin/pinger", "/bin/true"), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
