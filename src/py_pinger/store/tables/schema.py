"""The tables. Times and durations are microseconds, lists and notices are JSON text.

The migrations create the same tables step by step; a test compares the two.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from py_pinger.store.tables.binding import KEY, IntervalType, TimestampType

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

task = Table(
    "task",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("monitored", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("cause", Text),
    Column("reason", Text),
    Column("process", Text),
    Column("server", Text),
    Column("lastrun", TimestampType),
    Column("frequency", IntervalType),
    Column("schedule", Text),
    Column("timezone", Text),
    Column("deadline", TimestampType),
    Column("sleep_start", TimestampType),
    Column("sleep_end", TimestampType),
    Column("warnings", Text, nullable=False),
    Column("since", TimestampType),
    Column("checked", TimestampType),
    Column("took", IntervalType),
    Column("fresh_until", TimestampType),
    Column("next_check", TimestampType),
    Column("pings", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    # With `id` the natural key of the open incident, so that writing a state needs no query.
    Column("opened", TimestampType),
    Column("fault", Text),
    # Which transaction of which node last changed more than the columns that each check changes.
    Column("incarnation", BigInteger),
    Column("number", BigInteger),
    # The largest, and last: a query without it does not read past it.
    Column("answer", LargeBinary),
)

# The monitored tasks that are items of a page, and are monitored because the page lists them.
discovered = Table(
    "discovered",
    metadata,
    Column("task_id", ForeignKey(task.c.id), primary_key=True),
    Column("listed_by", Text, nullable=False),
    # Only while it is missing.
    Column("last_seen", TimestampType),
    Column("missing_for", IntervalType, nullable=False),
)

span = Table(
    "span",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("task_id", ForeignKey(task.c.id), nullable=False),
    Column("started", TimestampType, nullable=False),
    Column("ended", TimestampType),
    Column("status", Text, nullable=False),
    Column("cause", Text),
    UniqueConstraint("task_id", "started"),
    Index(None, "task_id", "ended"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("task_id", ForeignKey(task.c.id), nullable=False),
    Column("opened", TimestampType, nullable=False),
    Column("told", TimestampType, nullable=False),
    Column("closed", TimestampType),
    Column("reminders", Integer, nullable=False),
    Column("turns", Text, nullable=False),
    Column("owed", Text),
    # Empty in rows from before there were such channels.
    Column("escalated", IntervalType),
    UniqueConstraint("task_id", "opened"),
)

_open, _over = span.c.ended.is_(None), span.c.ended.is_not(None)
_incident_open, _incident_over = incident.c.closed.is_(None), incident.c.closed.is_not(None)

# Indexes of a part of the rows. The module for PostgreSQL states the part for its dialect: to import that
# dialect takes 25 ms and 3 MiB, and most databases are files.
PARTIAL_INDEXES: Final = (
    Index("ix_span_open", span.c.task_id, unique=True, sqlite_where=_open),
    Index("ix_span_ended", span.c.ended, sqlite_where=_over),
    Index("ix_incident_open", incident.c.opened, sqlite_where=_incident_open),
    Index("ix_incident_over", incident.c.opened, incident.c.closed, sqlite_where=_incident_over),
    # Empty without nodes.
    Index("ix_task_change", task.c.incarnation, task.c.number, sqlite_where=task.c.incarnation.is_not(None)),
)

# The causes that an incident had; `turns` has the first and the newest ones only.
incident_cause = Table(
    "incident_cause",
    metadata,
    Column("incident_id", ForeignKey(incident.c.id), primary_key=True),
    Column("cause", Text, primary_key=True),
)

run = Table(
    "run",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("task_id", ForeignKey(task.c.id), nullable=False),
    Column("lastrun", TimestampType, nullable=False),
    Column("seen", TimestampType, nullable=False, index=True),
    Column("due", TimestampType),
    Column("healthy", Boolean, nullable=False),
    Column("reason", Text),
    Column("duration", IntervalType),
    Column("exit_code", Integer),
    Column("rid", Text),
    UniqueConstraint("task_id", "lastrun"),
)

# What is kept of a task that is pushed. The columns from `lastrun` to `rid` are those of its newest run.
push = Table(
    "push",
    metadata,
    Column("task_id", ForeignKey(task.c.id), primary_key=True, autoincrement=False),
    Column("watched", TimestampType, nullable=False),
    Column("started", TimestampType),
    Column("open_runs", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("lastrun", TimestampType),
    Column("reported", TimestampType),
    Column("healthy", Boolean),
    Column("reason", Text),
    Column("duration", IntervalType),
    Column("exit_code", Integer),
    Column("rid", Text),
    Column("document", LargeBinary),
    # The largest, and last: a query without it does not read past it.
    Column("log", Text),
)

latency = Table(
    "latency",
    metadata,
    Column("task_id", ForeignKey(task.c.id), primary_key=True),
    Column("hour", TimestampType, primary_key=True, index=True),
    Column("checks", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("total", IntervalType, nullable=False),
    Column("least", IntervalType, nullable=False),
    Column("greatest", IntervalType, nullable=False),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    Column("id", KEY, primary_key=True),
    # Task, incident, kind and time as one text: a unique constraint over them would let NULLs pass twice.
    Column("key", Text, nullable=False, unique=True),
    Column("task_id", ForeignKey(task.c.id), index=True),
    Column("incident_id", ForeignKey(incident.c.id), index=True),
    Column("kind", Text, nullable=False),
    Column("at", TimestampType, nullable=False, index=True),
    Column("content", Text, nullable=False),
    # The time after which the notice is outdated; empty if there is none.
    Column("expires", TimestampType),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("notice_id", ForeignKey(notice.c.id), nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", TimestampType, nullable=False),
    Column("settled", TimestampType),
    Column("receipt", Text),
    Column("error", Text),
    UniqueConstraint("notice_id", "channel"),
    Index("ix_delivery_waiting", "channel", "state", "id"),
    Index("ix_delivery_settled", "channel", "state", "settled"),
)

silence = Table(
    "silence",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("pattern", Text, nullable=False),
    Column("began", TimestampType, nullable=False),
    Column("ends", TimestampType, nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("lifted", TimestampType),
)

# Somebody takes care of an incident: it is in force while the incident is open.
acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("incident_id", ForeignKey(incident.c.id), primary_key=True, autoincrement=False),
    Column("at", TimestampType, nullable=False),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
)

announcement = Table(
    "announcement",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("page", Text, nullable=False),
    Column("at", TimestampType, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("ends", TimestampType),
    Column("withdrawn", TimestampType),
    Index(None, "page", "at"),
)

watch = Table(
    "watch",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("started", TimestampType, nullable=False),
    Column("seen", TimestampType, nullable=False),
    Column("stopped", TimestampType),
)

certificate = Table(
    "certificate",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("ends", TimestampType, nullable=False),
    Column("seen", TimestampType, nullable=False),
    Column("warned", TimestampType),
    Column("told", IntervalType),
    Column("renewed", Boolean, nullable=False),
)

# The tables from here on are empty unless several nodes share the database.

# One run of a node. A row is locked by each transaction of its node, so what is renewed is elsewhere.
node = Table(
    "node",
    metadata,
    Column("incarnation", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("started", TimestampType, nullable=False),
    # Its transactions until now.
    Column("written", BigInteger, nullable=False),
    Column("over", Boolean, nullable=False),
    Column("ended", TimestampType),
    # The name of the node that declared it over.
    Column("ended_by", Text),
)

# What a node says of itself each second. No foreign key: checking it would lock the row of the node.
lease = Table(
    "lease",
    metadata,
    Column("incarnation", BigInteger, primary_key=True, autoincrement=False),
    # By the clock of the server.
    Column("expires", TimestampType, nullable=False),
    Column("sight", Text, nullable=False),
    Column("reached", TimestampType),
    Column("clock_error", IntervalType, nullable=False),
    Column("settings", Text, nullable=False),
    Column("secrets", Text, nullable=False),
    # Names of assignments, one a line.
    Column("lacking", Text, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("name", Text, primary_key=True),
    # Its owner, unless that is over; no foreign key, as above.
    Column("incarnation", BigInteger),
)

# One row: the settings in force. No `generation` before a node has put its settings in force.
cluster = Table(
    "cluster",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("shards", Integer, nullable=False),
    # The oldest schema whose programs may be nodes with this database.
    Column("oldest_reader", Text, nullable=False),
    # For the fingerprints of secrets.
    Column("salt", Text, nullable=False),
    Column("generation", BigInteger),
    Column("settings", Text),
    Column("since", TimestampType),
    Column("node", Text),
    # Names, one a line.
    Column("channels", Text),
    # The fingerprints of settings that a node has had, one a line, the newest last.
    Column("seen", Text, nullable=False),
)

# Pushes that another node than the owner of their task has received.
pushed = Table(
    "pushed",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("url", Text, nullable=False, index=True),
    Column("at", TimestampType, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Checks that repeat the last results of their tasks, by the transaction of a run. The rows of the tasks
# follow minutes later.
repeat_batch = Table(
    "repeat_batch",
    metadata,
    Column("incarnation", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

# Tasks that another node wants checked at once.
check_request = Table(
    "check_request",
    metadata,
    Column("task_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", TimestampType, nullable=False),
)

# The newest change of each kind that a node, or 0 for other processes, has written: a number at random.
change = Table(
    "change",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("writer", BigInteger, primary_key=True, autoincrement=False),
    Column("token", BigInteger, nullable=False),
)
