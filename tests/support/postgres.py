"""A PostgreSQL server for the tests, in a temporary folder, on its own socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url

from py_pinger.store import Store
from py_pinger.store.tables.schema import metadata

# Debian keeps its servers, one folder a version, where no PATH leads.
BINARIES = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    *(Path(found).parent for found in [shutil.which("initdb")] if found),
]

# Who runs the server where the tests are run by root: Debian's packages bring this user along.
USER = "postgres"

# What was written may be lost with the machine: the whole cluster is, when the tests are over.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=30")

_NOTHING: Mapping[str, str] = {}

# Of tables with a few rows it takes a sixth of the time of TRUNCATE, which makes new files.
_CLEAR = "; ".join(
    [
        "DELETE FROM owner",
        *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),  # noqa: S608 - our names
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)


class Cluster:
    """A running server, and databases on it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder in which the server's socket lies."""
        self.folder = folder
        self._numbers = count(1)
        self._used = ""
        self.crashed = False

    def empty_database(self, place: Path | None = None) -> str:
        """Return the URL of a new database with nothing in it, in a folder if one is given."""
        name, where = f"pinger{next(self._numbers)}", ""
        if place:
            self._execute("postgres", f"CREATE TABLESPACE {name} LOCATION '{place}'")
            where = f" TABLESPACE {name}"
        self._execute("postgres", f"CREATE DATABASE {name} TEMPLATE template0{where}")
        return self._url(name)

    @property
    def pid(self) -> int:
        """The server's process."""
        return int((self.folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])

    def database(self) -> str:
        """Return the URL of a database with the newest schema and no rows; the same each time, for speed."""
        if not self._used:
            self._used = self.empty_database()
            Store.open(self._used).close()
        self._execute(str(make_url(self._used).database), _CLEAR)
        return self._used

    @property
    def socket(self) -> Path:
        """The socket that the server listens on."""
        return self.folder / ".s.PGSQL.5432"

    def restart(self) -> None:
        """Restart the server as an administrator does: all its connections end."""
        run_as_server("pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "restart")

    def crash(self) -> None:
        """End the server at once, for good, by the process id that it has left in its folder."""
        run_as_server("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        self.crashed = True

    @contextmanager
    def is_down(self) -> Iterator[None]:
        """Stop the server for a while, as an administrator does."""
        run_as_server("pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "stop")
        options = self._options()
        try:
            yield
        finally:
            self._start(options)

    def start_again(self, inside: Sequence[str] = ()) -> None:
        """Start the server after it has ended by itself; `inside` is a command that runs what is appended."""
        self._start(self._options(), inside)

    def _options(self) -> str:
        """Return the options of the last start; they are kept next to the data, which may be replaced."""
        return (self.folder / "data" / "postmaster.opts").read_text("utf-8").partition(" ")[2].strip()

    def _start(self, options: str, inside: Sequence[str] = ()) -> None:
        data, log = self.folder / "data", self.folder / "log"
        run_as_server("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start", inside=inside)

    def _execute(self, database: str, statement: str) -> None:
        engine = create_engine(self._url(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg:///{database}?host={self.folder}&user=pinger"


@contextmanager
def running_cluster(
    inside: Callable[[Path], Sequence[str]] = lambda _: (),
    more: Sequence[str] = (),
    environ: Callable[[Path], Mapping[str, str]] = lambda _: {},
) -> Iterator[Cluster]:
    """Run a server for as long as this lasts; PostgreSQL refuses to be run by root, so somebody else does.

    `inside` is given the server's folder, and returns a command of root that runs what is appended; `environ`
    returns further variables of its environment. `more` are settings, such as `max_connections=100`.
    """
    folder = Path(tempfile.mkdtemp(prefix="pinger-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    data = folder / "data"
    settings = [f"-c {setting}" for setting in (*FAST, *more)]
    run_as_server("initdb", "-D", data, "-U", "pinger", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = " ".join(["-h ''", f"-k {folder}", *settings])
    start: list[str | Path] = ["-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
    run_as_server("pg_ctl", *start, inside=inside(folder), environ=environ(folder))
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        if not cluster.crashed:
            cluster.crash()
        shutil.rmtree(folder)


def run_as_server(
    program: str, *arguments: str | Path, inside: Sequence[str] = (), environ: Mapping[str, str] = _NOTHING
) -> None:
    """Run a program of PostgreSQL to its end, as the user of servers where the tests are run by root."""
    user = USER if os.geteuid() == 0 else None
    command: list[str | Path] = [BINARIES[0] / program, *arguments]
    if inside:
        command = [*inside, "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        user = None
    variables = {**os.environ, **environ}
    done = subprocess.run(command, user=user, cwd="/", env=variables, stdout=-3, check=False)
    assert done.returncode == 0, done
