"""The files of deploy/ for containers, as the tools that read them see them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.integrations.daemon import needs
from tests.support.recipes import ROOT

COMPOSE = sorted((ROOT / "deploy" / "compose").glob("*.yaml"))
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
VALIDATOR = ROOT / "build" / "recipes" / "bin" / "kubernetes-validate"

# The oldest and the newest version of Kubernetes whose schemas the validator has and that people run.
VERSIONS = ("1.30", "1.36")


def composed(file: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Have Compose read the file, and print what it found."""
    command = ["docker-compose", "--file", str(file), "config"]
    environ = {"PATH": os.environ["PATH"], **environ}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@needs("docker-compose")
@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.stem)
def test_compose_accepts_its_file(file: Path) -> None:
    """Compose has nothing to say of the file."""
    done = composed(file, DB_PASSWORD="planted")
    assert (done.returncode, done.stderr) == (0, "")
    assert "context: " + str(ROOT) in done.stdout


@needs("docker-compose")
@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.stem)
def test_compose_asks_for_the_password(file: Path) -> None:
    """Without a password for the database nothing is started, and the message says what is missing."""
    done = composed(file)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("choose a password for the database")


@pytest.mark.skipif(
    not VALIDATOR.exists() and not os.environ.get("CI"),
    reason="requirements-recipes.txt is not installed (scripts/test-integrations)",
)
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_the_manifests(version: str) -> None:
    """Each object is valid by Kubernetes' own schemas, without unknown fields."""
    command = [str(VALIDATOR), "--strict", "--kubernetes-version", version, *map(str, MANIFESTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
