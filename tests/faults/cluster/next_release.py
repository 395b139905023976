"""The next release of Py Pinger: this one with a higher version, and one migration that adds something."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.program import ROOT

from py_pinger import __version__
from py_pinger.store.database.migration import REVISIONS

NEXT_VERSION = "99.0.0"
NEXT_REVISION = "0099"

_MIGRATION = f"""
from alembic import op
from sqlalchemy import Column, Integer, Text

revision = {NEXT_REVISION!r}
down_revision = {REVISIONS[-1]!r}


def upgrade() -> None:
    op.add_column("task", Column("colour", Text))
    op.create_table("addition", Column("id", Integer, primary_key=True))
"""


def next_release(folder: Path) -> Path:
    """Return the program of the next release, made in a folder."""
    source = folder / "next" / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "client", folder / "next" / "client")
    package = source / "py_pinger"
    _change(package / "__init__.py", f'"{__version__}"', f'"{NEXT_VERSION}"')
    last = f'    "{REVISIONS[-1]}",\n'
    _change(package / "store/database/migration.py", last, f'{last}    "{NEXT_REVISION}",\n')
    migrations = package / "store/migrations/versions"
    (migrations / f"{NEXT_REVISION}_addition.py").write_text(_MIGRATION, "utf-8")
    return source / "pinger.py"


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1, file
    file.write_text(text.replace(old, new), "utf-8")
