"""The recipes of docs/recipes.md, with the places that a test can give them."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from client.tests.support.executing import environment
from client.tests.support.receiver import KEY, Receiver
from tests.support.eventually import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recipes.md").read_text("utf-8")


def sections() -> list[str]:
    """Return the headings of the recipes, as they stand."""
    return re.findall(r"(?m)^## (.+)$", PAGE)


def blocks(heading: str, language: str) -> list[str]:
    """Return the blocks of code in a language below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", section)


@dataclass(frozen=True)
class Workshop:
    """A machine for recipes: a server for pushes, a folder of pages, and the programs that they name."""

    receiver: Receiver
    folder: Path

    @property
    def pages(self) -> Path:
        """The folder that stands for /var/lib/reports."""
        return self.folder / "pages"

    @property
    def origin(self) -> str:
        """The address that stands for https://pinger.example."""
        return self.receiver.address.partition("/ping/")[0]

    def placed(self, text: str) -> str:
        """Return a recipe in which addresses, programs and folders are those of the test."""
        places = {
            "https://pinger.example/ping/KEY": self.receiver.address,
            "https://pinger.example": self.origin,
            "/usr/local/bin/": f"{self.programs}/",
            "/usr/bin/pinger": f"{self.programs}/pinger",
            "/var/lib/reports": str(self.pages),
        }
        for written, place in places.items():
            text = text.replace(written, place)
        return text

    @property
    def programs(self) -> Path:
        """A folder for PATH, with `pinger` and with a backup.sh that fails."""
        folder = self.folder / "bin"
        if not folder.exists():
            folder.mkdir()
            self._program("backup.sh", '#!/bin/sh\necho "no disk for $1"\nexit 3\n')
            python = shlex.quote(environment()["PYTHONPATH"])
            start = f'PYTHONPATH={python} exec python3 -m pinger_report "$@"\n'
            self._program("pinger", f"#!/bin/sh\n{start}")
        return folder

    def _program(self, name: str, text: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(text, "utf-8")
        file.chmod(0o755)

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment of a recipe; PUSH_KEY is the key of the server."""
        bare = environment(PUSH_KEY=KEY, HOME=str(self.folder), **more)
        return {**bare, "PATH": f"{self.programs}:{bare['PATH']}"}

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command of a recipe."""
        return subprocess.run(
            command,
            env=self.environ(**environ),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE * 4,
            check=False,
        )

    def failure(self, slug: str = "backup") -> str | None:
        """Return the reason of the failure that was pushed last."""
        report = self.receiver.pushed[-1].report
        assert self.receiver.paths[-1] == f"{slug}/3"
        assert report["status"] == "error"
        reason: str | None = report.get("reason")
        return reason
