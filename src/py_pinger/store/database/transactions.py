"""What queries that have their own transactions need of a database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Transactions(Protocol):
    """A database, in the process that monitors or in another."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Run one transaction that only reads."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Run one transaction that may write."""
