"""Reading a database that is somebody else's: nothing is touched, and what cannot be read is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from py_pinger.core.model.task import Task
from py_pinger.store import Store, StoreError
from py_pinger.store.external import ReadOnlyStore
from py_pinger.store.tables.schema import task

TASK = Task("http://a.example/job", "http://a.example/job")
URL = task.c.url

Change = Callable[[str], None]


def urls(archive: ReadOnlyStore) -> list[str]:
    """Return which tasks there are."""
    with archive.reading() as connection:
        return list(connection.scalars(select(URL)))


def test_reads_while_another_watches(store: Store, url: str) -> None:
    """What the running Py Pinger has written is there, and it goes on writing."""
    store.set_tasks([TASK])
    with closing(ReadOnlyStore.open(url)) as archive:
        assert urls(archive) == [TASK.url]
        store.set_tasks([TASK, Task("http://b.example/", "http://b.example/")])
        assert urls(archive) == [TASK.url, "http://b.example/"]


def test_sees_one_moment(store: Store, url: str) -> None:
    """What is written between two statements of one transaction is not seen by the second."""
    with closing(ReadOnlyStore.open(url)) as archive, archive.reading() as connection:
        assert list(connection.scalars(select(URL))) == []
        store.set_tasks([TASK])
        assert list(connection.scalars(select(URL))) == []


def test_cannot_write(store: Store, url: str) -> None:
    """A statement that would write is refused by the database itself."""
    store.set_tasks([TASK])
    with closing(ReadOnlyStore.open(url)) as archive:
        with pytest.raises(StoreError, match="cannot be read"), archive.reading() as connection:
            connection.execute(text("DELETE FROM task"))
        assert urls(archive) == [TASK.url]


def test_leaves_no_file(tmp_path: Path) -> None:
    """Of a database that nobody watches with, nothing is made nor changed, not even beside it."""
    file = tmp_path / "pinger.db"
    Store.open(f"sqlite:///{file}").close()
    before = file.read_bytes()
    with closing(ReadOnlyStore.open(f"sqlite:///{file}")) as archive:
        assert urls(archive) == []
        assert list(tmp_path.iterdir()) == [file]
    assert (list(tmp_path.iterdir()), file.read_bytes()) == ([file], before)


def execute(statement: str) -> Change:
    """Return what runs a statement on a database."""

    def change(url: str) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return change


OLDER = r"has schema 0001, and this Py Pinger reads \d+; start Py Pinger once, which upgrades the database$"
LATER = r"has schema 9999, and this Py Pinger knows schemas up to \d+; upgrade Py Pinger or set"
FOREIGN = "has no tables of Py Pinger; start Py Pinger with it first$"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (execute("UPDATE alembic_version SET version_num = '0001'"), OLDER),
        (execute("UPDATE alembic_version SET version_num = '9999'"), LATER),
        (execute("DROP TABLE alembic_version"), FOREIGN),
    ],
)
def test_other_schemas(empty_url: str, change: Change, sentence: str) -> None:
    """Neither an older, nor a later, nor a foreign database is read, and none is migrated."""
    Store.open(empty_url).close()
    change(empty_url)
    with pytest.raises(StoreError, match=sentence):
        ReadOnlyStore.open(empty_url)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.db", None, "the database {} does not exist; start Py Pinger with it, or name another"),
        ("text.db", b"hello " * 1000, "the database {} cannot be read: file is not a database"),
    ],
)
def test_no_database(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    """What is no database at all is told in one sentence, and not made."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        ReadOnlyStore.open(f"sqlite:///{file}")
    assert str(caught.value) == sentence.format(file)
    assert file.exists() is (content is not None)
