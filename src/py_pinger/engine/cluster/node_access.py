"""What the loops of a node need of the store, and of the components that take care of what it owns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

from py_pinger.core.model.cluster import Node


class NodeAccess(Protocol):
    """The store of a node without blocking the event loop; every call may raise StoreFailure."""

    @property
    def incarnation(self) -> int:
        """The incarnation that has begun last."""

    async def declare_lost(self, node: Node, watching: Collection[str]) -> bool:
        """Declare an incarnation over whose lease has expired, and notify people of that.

        Return False if it has renewed its lease meanwhile, or is over already. The nodes `watching` take
        over.
        """

    async def claim(self, names: Collection[str], *, released: bool = False) -> frozenset[str]:
        """Own those of these assignments that are free, and return them.

        On demand only those that their last owner has `released`: it has done all that it began there.
        """

    async def release(self, names: Collection[str]) -> None:
        """Free assignments, after the last write about what they stand for."""

    async def follow(self) -> bool:
        """Read what other nodes have changed; return True if the list of tasks or the settings have."""

    async def begin(self) -> timedelta:
        """Begin a new incarnation, and return how far this clock is ahead of the database's.

        Raises NameTakenError if another process has this node's name.
        """


class NodeShare(Protocol):
    """What takes care of assignments; every call may raise StoreFailure, and may then be repeated."""

    async def use(self, owned: frozenset[str]) -> None:
        """Take care of exactly these assignments; about all others everything is written on return."""

    async def abandon(self) -> None:
        """Stop taking care of everything, and forget what is not written."""

    async def reload_list(self) -> None:
        """Read the list of tasks and the settings that are in force again."""

    async def put_in_force(self) -> None:
        """Put the settings of this node in force for all nodes, unless they are."""


class NameTakenError(Exception):
    """Another process runs as a node of the same name; the message says so, for people."""
