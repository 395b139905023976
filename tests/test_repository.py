"""What holds for the repository as a whole: its pins, its links, its scripts, and what must not be in it."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from py_pinger import __version__

ROOT = Path(__file__).parents[1]

# What would tie the repository to the machine it was written on: folders of somebody's own, package
# indexes other than the public one, hosts that only one network knows.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.$}])/(?:root|work|Users|home/\w+)/"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
    r"|(?<!\bmetadata\.)\b[\w-]+\.(?:internal|corp|lan)\b"
    r"|\(design, \d",
)
SCRIPTS = (
    ".ci/run",
    "scripts/bench",
    "scripts/debian",
    "scripts/docs",
    "scripts/environment",
    "scripts/fuzz",
    "scripts/hashes",
    "scripts/install",
    "scripts/pyz",
    "scripts/run",
    "scripts/screenshots",
    "scripts/soak",
    "scripts/test",
    "scripts/test-integrations",
)
FILES_OF_PINS = tuple(f"requirements{part}.txt" for part in ("", "-dev", "-bench", "-docs", "-recipes"))
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")


def tracked_files() -> list[Path]:
    """Return the files that git keeps, or would with the next `git add`."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted(file for name in set(listed.split("\0")) if name and (file := ROOT / name).is_file())


def places_of(pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the lines of the repository's own text, as file and number, in which a pattern is found."""
    for file in tracked_files():
        text = file.read_bytes().decode("utf-8", "replace")
        for found in pattern.finditer(text) if file != Path(__file__) else ():
            yield f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}"


def pins(name: str) -> dict[str, Requirement]:
    """Return the requirements in a file of pins, by their normal names."""
    stated = [Requirement(pin) for pin in hashes(name)]
    return {canonicalize_name(requirement.name): requirement for requirement in stated}


def hashes(name: str) -> dict[str, list[str]]:
    """Return the pins in a file, each with its hashes."""
    lines = (ROOT / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    pinned = [line.split(" --hash=") for line in lines if line and not line.startswith(("#", "-r "))]
    return {pin.strip(): [each.strip() for each in rest] for pin, *rest in pinned}


def ranges() -> list[Requirement]:
    """Return what pyproject.toml says that Py Pinger depends on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def version_of(pin: Requirement) -> str:
    """Return the one version that a pin allows."""
    (only,) = pin.specifier
    assert only.operator == "=="
    return only.version


def needed_by(requirements: list[Requirement]) -> Iterator[str]:
    """Yield the names of all packages that these requirements bring along on this machine, and their own."""
    waiting, seen = list(requirements), set[str]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        seen.add(name)
        yield name
        further = [Requirement(line) for line in requires(name) or ()]
        extras = requirement.extras or {""}
        waiting += [
            other
            for other in further
            if other.marker is None or any(other.marker.evaluate({"extra": extra}) for extra in extras)
        ]


def test_nothing_ties_the_repository_to_one_machine() -> None:
    """No file names a folder, a package index or a host that only the machine it was written on has."""
    assert list(places_of(OF_ONE_MACHINE)) == []


@pytest.mark.parametrize("name", FILES_OF_PINS)
def test_every_pin_is_exact(name: str) -> None:
    """Each line of the requirement files allows one version, so that two machines get the same."""
    assert all(version_of(pin) for pin in pins(name).values())


@pytest.mark.parametrize("name", FILES_OF_PINS)
def test_every_pin_has_hashes(name: str) -> None:
    """Each pin has the SHA-256 of each file that may be installed, so that no index can replace it."""
    found = hashes(name)
    assert [pin for pin, of_pin in found.items() if not of_pin] == []
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for of_pin in found.values() for each in of_pin)


@pytest.mark.parametrize("needed", ranges(), ids=lambda needed: needed.name)
def test_pins_lie_within_the_ranges(needed: Requirement) -> None:
    """Each dependency of pyproject.toml is pinned to a version in its range, under the same condition."""
    pin = pins("requirements.txt")[canonicalize_name(needed.name)]
    assert needed.specifier.contains(version_of(pin))
    assert pin.marker == needed.marker


def test_pins_are_complete() -> None:
    """All indirect dependencies are pinned too, and nothing unneeded is."""
    assert set(needed_by(ranges())) == set(pins("requirements.txt"))


def test_development_pins_repeat_none_of_the_others() -> None:
    """requirements-dev.txt takes requirements.txt in, and says nothing twice."""
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert not pins("requirements-dev.txt").keys() & pins("requirements.txt").keys()


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_can_be_run(name: str) -> None:
    """Git hands the scripts out as programs, and each names the shell it is written for."""
    mode = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--stage", name], check=True, capture_output=True, text=True
    ).stdout
    assert mode.startswith("100755 ")
    assert (ROOT / name).read_text("utf-8").startswith("#!")


@pytest.mark.parametrize("name", ["pinger_template.ini", "pinger.ini.template"])
def test_the_template_goes_by_both_its_names(name: str) -> None:
    """Both names that people know the template by lead to one file."""
    assert (ROOT / name).resolve() == ROOT / "pinger.ini.template"
    assert (ROOT / name).is_file()


def test_the_changelog_has_this_version() -> None:
    """The changelog has a heading for the version of the package."""
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_links_in_the_documents_lead_somewhere() -> None:
    """Each link from one document to another file of the repository finds it."""
    documents = [file for file in tracked_files() if file.suffix == ".md"]
    links = [(document, link) for document in documents for link in LINK.findall(document.read_text("utf-8"))]
    assert [
        f"{document.name}: {link}" for document, link in links if not (document.parent / link).exists()
    ] == []
