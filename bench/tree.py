"""A tree of the source: this one, or another commit checked out beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import BenchError

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of the source, with its name."""

    name: str
    folder: Path

    @property
    def program(self) -> Path:
        """The program that starts it."""
        return self.folder / "src" / "pinger.py"


@contextmanager
def trees(against: str | None) -> Iterator[tuple[Tree, ...]]:
    """Yield this tree, and after it the commit `against`, if one is named.

    Raises BenchError if there is no such commit.
    """
    here = Tree(f"here ({described()})", HERE)
    if against is None:
        yield (here,)
        return
    with TemporaryDirectory(prefix="py-pinger-against-") as folder:
        place = Path(folder) / "tree"
        checkout = _git("worktree", "add", "--quiet", "--detach", str(place), against)
        if checkout.returncode:
            raise BenchError([f"--against {against}: {checkout.stderr.strip()}"])
        try:
            yield here, Tree(against, place)
        finally:
            _git("worktree", "remove", "--force", str(place))


def described() -> str:
    """Return what git calls this tree; a plus sign says that it differs from the commit."""
    return _git("describe", "--always", "--dirty=+").stdout.strip() or "no commit"


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(HERE), *arguments], check=False, capture_output=True, text=True)
