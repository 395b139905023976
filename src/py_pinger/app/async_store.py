"""The store without blocking the event loop: one thread writes, others may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.engine.runtime.store_access import (
    StoreFenced,
    StoreIncomplete,
    StoreInternalError,
    StoreRolledBack,
    StoreUnavailable,
)
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store import CommitsLostError, FencedError, IncompleteError, Store, StoreError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

# Seconds that a write under way may take when the store is closed.
CLOSE_TIMEOUT = 1.0


class AsyncStore:
    """Runs operations of a store one after the other on a thread.

    `routes` decide which channels get a notice; they may be replaced.
    """

    def __init__(self, store: Store, worker: ThreadWorker, routes: Sequence[Route]) -> None:
        self._store = store
        self._worker = worker
        self.routes = routes

    def channel_names(self) -> tuple[str, ...]:
        """Return the names of the channels that get notices, whichever process sends to them."""
        return tuple(route.channel for route in self.routes)

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Store transitions and notices, with a delivery for each channel that gets a notice."""
        await self.call(Store.record, steps, notices, self.routes)

    async def record_again(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Store what was stored before, but may be lost."""
        await self.call(Store.record_again, steps, notices, self.routes)

    async def call(
        self,
        operation: Callable[Concatenate[Store, _Arguments], _Result],
        *arguments: _Arguments.args,
        **options: _Arguments.kwargs,
    ) -> _Result:
        """Return what an operation of the store returns, such as `call(Store.prune, before)`.

        Raises StoreUnavailable if the database fails, StoreInternalError if the code does.
        """
        try:
            return await self._worker.do(partial(operation, self._store, *arguments, **options))
        except IncompleteError as error:
            raise StoreIncomplete(str(error), error.transitions, error.notices) from None
        except FencedError as error:
            raise StoreFenced(str(error)) from None
        except CommitsLostError as error:
            raise StoreRolledBack(str(error)) from None
        except StoreError as error:
            raise StoreUnavailable(str(error)) from None
        except Exception as error:
            raise StoreInternalError(f"internal error ({type(error).__name__})") from error

    async def close(self) -> None:
        """End the thread after its current operations."""
        await self._worker.stop(CLOSE_TIMEOUT)
