"""Opening: what becomes a good database, and what is refused in one sentence."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from py_pinger.core.model.task import Task
from py_pinger.store import Store, StoreError
from py_pinger.store.database.migration import REVISIONS
from py_pinger.store.tables.schema import metadata

SRC = Path(__file__).parents[3] / "src"


def config() -> Config:
    """Configure Alembic as the store does."""
    made = Config()
    made.set_main_option("script_location", "py_pinger.store:migrations")
    return made


def refusal(url: str) -> str:
    """Return the sentence with which a database is refused."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    return str(caught.value)


def migrated(url: str) -> None:
    """Bring an empty database to the newest schema by the migrations alone."""
    engine = create_engine(url)
    with engine.begin() as connection:
        upwards = config()
        upwards.attributes["connection"] = connection
        command.upgrade(upwards, "head")
    engine.dispose()


def test_migrations_lead_to_the_schema(empty_url: str) -> None:
    """A migrated database has exactly the tables, columns, constraints and indexes of the schema."""
    migrated(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_new_database_is_as_a_migrated_one(tmp_path: Path) -> None:
    """What is made at once has, to the word, what the migrations make one after the other."""
    migrated(f"sqlite:///{tmp_path}/migrated.db")
    Store.open(f"sqlite:///{tmp_path}/new.db").close()
    assert made(tmp_path / "new.db") == made(tmp_path / "migrated.db")


def made(file: Path) -> dict[str, list[str]]:
    """Return of each table and index the words that it was made of, in any order."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchall()
    parts = {name: sorted(re.findall(r"[^\s,()]+", sql.replace('"', ""))) for name, sql in rows}
    return {**parts, "version": list(version)}


def test_all_revisions_are_known() -> None:
    """The list of revisions that needs no Alembic to be read is Alembic's own."""
    script = ScriptDirectory.from_config(config())
    assert [each.revision for each in reversed(list(script.walk_revisions()))] == list(REVISIONS)


def test_no_way_back(url: str, store: Store) -> None:  # noqa: ARG001 - it makes the database
    """No migration can be undone: history would be lost on the way."""
    engine = create_engine(url)
    with engine.connect() as connection:
        downwards = config()
        downwards.attributes["connection"] = connection
        with pytest.raises(AttributeError, match="downgrade"):
            command.downgrade(downwards, "base")
    engine.dispose()


def test_opened_again(url: str, store: Store) -> None:
    """A database that has the newest schema is opened as it is."""
    store.set_tasks([Task("http://a/", "http://a/")])
    store.close()
    with closing(Store.open(url)) as again:
        assert [snapshot.url for snapshot in again.task_snapshots()] == ["http://a/"]


def test_no_alembic_at_head(url: str, store: Store) -> None:
    """A start with a new or an up-to-date database does not spend its time on loading Alembic."""
    store.close()
    opening = f"import sys; from py_pinger.store import Store; Store.open({url!r}).close()"
    code = f"{opening}; print('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"False\n"


def test_folder_missing(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    assert refusal(f"sqlite:///{tmp_path}/gone/pinger.db") == (
        f"the database {tmp_path}/gone/pinger.db cannot be opened: "
        f"the folder {tmp_path}/gone does not exist; create it or change [main] database"
    )


def test_folder_as_file(tmp_path: Path) -> None:
    """A folder in the place of the file is called one."""
    assert refusal(f"sqlite:///{tmp_path}") == (
        f"the database {tmp_path} cannot be opened: it is a folder; set [main] database to a file"
    )


def test_folder_not_writable() -> None:
    """A folder that takes no files is said to take none."""
    assert refusal("sqlite:////proc/pinger.db") == (
        "the database /proc/pinger.db cannot be opened: "
        "Py Pinger's user may not write there; give it the right or change [main] database"
    )


def test_read_only(tmp_path: Path) -> None:
    """A good database that may only be read is refused when it is opened, not at the first write."""
    path = tmp_path / "pinger.db"
    Store.open(f"sqlite:///{path}").close()
    assert refusal(f"sqlite:///file:{path}?mode=ro&uri=true") == (
        f"the database file:{path} cannot be opened: "
        "it is read-only; give Py Pinger's user the right to write to it"
    )


def test_garbage(tmp_path: Path) -> None:
    """A file of another kind is left as it is."""
    path = tmp_path / "pinger.db"
    path.write_bytes(b"%PDF-1.7 " * 1000)
    assert refusal(f"sqlite:///{path}") == (
        f"the database {path} cannot be opened: "
        "it is not an SQLite database; move it away or set [main] database to another"
    )
    assert path.read_bytes() == b"%PDF-1.7 " * 1000


def test_other_programs_database(tmp_path: Path) -> None:
    """A database with another program's tables is left as it is."""
    path = tmp_path / "pinger.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE incident (id)")
        assert refusal(f"sqlite:///{path}") == (
            f"the database {path} cannot be opened: table incident already exists"
        )
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("incident",)]


def test_later_schema(tmp_path: Path) -> None:
    """A database of a later Py Pinger is refused, not spoilt."""
    path = tmp_path / "pinger.db"
    Store.open(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '0999'")
        other.commit()
    assert refusal(f"sqlite:///{path}") == (
        f"the database {path} has schema 0999, and this Py Pinger knows schemas up to {REVISIONS[-1]}; "
        "upgrade Py Pinger or set [main] database to another"
    )


def test_locked(tmp_path: Path) -> None:
    """A database that another program keeps locked is given up after the timeout, at opening and later."""
    path = tmp_path / "pinger.db"
    url = f"sqlite:///{path}?timeout=0.05"
    sentence = "another program keeps it locked; stop that program"
    Store.open(url).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(url) == f"the database {path} cannot be opened: {sentence}"
        other.execute("ROLLBACK")
    with closing(Store.open(url)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            store.prune(datetime(2026, 1, 1, tzinfo=UTC))
        assert str(caught.value) == f"the database {path} cannot be written: {sentence}"
        other.execute("ROLLBACK")
        assert store.prune(datetime(2026, 1, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("pinger.db", "[main] database is not a database URL; use for example sqlite:///pinger.db"),
        ("sqlite://", "[main] database names no file; use for example sqlite:///pinger.db"),
        ("sqlite:///:memory:", "[main] database names no file; use for example sqlite:///pinger.db"),
        ("mysql://u:hunter2@db/x", "[main] database names mysql; use sqlite:/// or postgresql://"),
        (
            "postgresql://u:hunter2@db:x/",
            "[main] database is not a database URL; use for example sqlite:///pinger.db",
        ),
        (
            "postgresql+nothing://u:hunter2@db/pinger",
            (
                "the database postgresql+nothing://u:***@db/pinger needs a driver that is not installed:"
                " Can't load plugin: sqlalchemy.dialects:postgresql.nothing"
            ),
        ),
        (
            "postgresql+psycopg2://u:hunter2@db/pinger",
            (
                "the database postgresql+psycopg2://u:***@db/pinger needs a driver that is not installed: "
                "No module named 'psycopg2'"
            ),
        ),
    ],
)
def test_unusable_urls(url: str, sentence: str) -> None:
    """A URL that names nothing to connect to is refused, its password unsaid."""
    assert refusal(url) == sentence
