"""The Debian package of scripts/deb: built, installed, run, upgraded and removed as root on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.recipes import ROOT

from py_pinger import __version__

SETTINGS = Path("/etc/py-pinger/pinger.ini")
UNIT = "/usr/lib/systemd/system/py-pinger.service"

# What the package puts where others look.
PLACES = [
    "/usr/bin/pinger",
    "/usr/share/man/man1/pinger.1",
    "/usr/share/bash-completion/completions/pinger",
    "/usr/share/doc/py-pinger/examples/pinger.ini.template",
    UNIT,
]

NEXT_STEP = "Edit /etc/py-pinger/pinger.ini, then run: systemctl enable --now py-pinger.service\n"


def why_not() -> str | None:
    """Return why the package cannot be installed here; in CI it has to be."""
    if not shutil.which("dpkg-deb") or not Path("/usr/bin/python3").exists():
        return "this is not Debian"
    if os.geteuid():
        return "only root installs packages"
    if Path("/usr/bin/pinger").exists() or SETTINGS.exists():
        return "Py Pinger is installed on this machine"
    return None


pytestmark = pytest.mark.skipif(why_not() is not None and not os.environ.get("CI"), reason=str(why_not()))


def run(*command: str | Path) -> str:
    """Run a command away from the sources, and return what it printed."""
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    done = subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package."""
    folder = tmp_path_factory.mktemp("package")
    done = subprocess.run([ROOT / "scripts" / "deb", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = folder.glob("*.deb")
    return file


@pytest.fixture(scope="module")
def installation(package: Path) -> Iterator[str]:
    """Install the package, return what that printed, and remove it with all its files."""
    try:
        yield run("dpkg", "--install", package)
    finally:
        run("dpkg", "--purge", "py-pinger")


def test_the_next_step_is_said(installation: str) -> None:
    """Without tasks it is not started; the administrator is told how to go on."""
    assert NEXT_STEP in installation


@pytest.mark.usefixtures("installation")
def test_files_are_where_debian_has_them() -> None:
    """All files are as they were packaged, and the settings are for root only."""
    assert [place for place in PLACES if not Path(place).exists()] == []
    assert run("dpkg", "--verify", "py-pinger") == ""
    assert SETTINGS.stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("installation")
def test_it_runs() -> None:
    """The command starts with the libraries of the package, PostgreSQL's included, and finds its settings."""
    assert run("pinger", "--version") == f"Py Pinger, version {__version__}\n"
    assert "database=sqlite:////var/lib/py-pinger/pinger.db\n" in run("pinger", "config")
    assert run("pinger", "exec", "--name", "task", "--quiet", "--", "true") == ""
    python = "/usr/lib/py-pinger/bin/python"
    run(python, "-c", "import psycopg")
    place = "import py_pinger; print(py_pinger.__file__)"
    assert run(python, "-I", "-c", place).startswith("/usr/lib/py-pinger/lib/")


@pytest.mark.usefixtures("installation")
def test_systemd_accepts_the_unit() -> None:
    """`systemd-analyze verify` has nothing to say of the installed unit, whose program is there."""
    assert run("systemd-analyze", "verify", "--man=no", UNIT) == ""


@pytest.mark.usefixtures("installation")
def test_an_upgrade_keeps_settings(package: Path) -> None:
    """Settings that were changed survive an upgrade, and the next step is not said again."""
    changed = SETTINGS.read_text("utf-8").replace("greeting=Hello World!", "greeting=Changed")
    SETTINGS.write_text(changed, "utf-8")
    assert NEXT_STEP not in run("dpkg", "--install", package)
    assert SETTINGS.read_text("utf-8") == changed


def test_nothing_is_left(package: Path) -> None:
    """After a removal the settings stay; after a purge nothing does."""
    run("dpkg", "--install", package)
    run("dpkg", "--remove", "py-pinger")
    assert SETTINGS.exists()
    assert not Path("/usr/lib/py-pinger").exists()
    run("dpkg", "--purge", "py-pinger")
    assert not SETTINGS.parent.exists()
