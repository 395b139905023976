"""Which node may write: each of its transactions counts up the row of its run, unless that is over.

To declare a run over takes a lock on the same row. So it waits for the transaction under way, and each later
one fails. The number that comes back says whether the database still has all that it had confirmed.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from py_pinger.core.cluster.commits import CommitHistory, Continuity
from py_pinger.store.database.errors import CommitsLostError, FencedError, StoreError

_COUNT = text(
    "UPDATE node SET written = written + 1 WHERE incarnation = :incarnation AND NOT over RETURNING written"
)

_IS_OVER = text("SELECT over FROM node WHERE incarnation = :incarnation")


class Fence:
    """One run of a node, and the number of its transactions; the caller lets one thread in at a time.

    `number` is that of the transaction under way. `losses` is how often the database has lost commits.
    """

    def __init__(self, node: str) -> None:
        """Let nothing pass before `begin`."""
        self._node = node
        self._history = CommitHistory()
        self._sentence = ""
        self.incarnation = 0
        self.number = 0
        self.is_over = True
        self.losses = 0
        # The number from which on confirmed transactions are lost, until that is accepted.
        self.lost_from: int | None = None

    @property
    def confirmed(self) -> int:
        """The number of the last transaction that the database has confirmed."""
        return self._history.confirmed

    def begin(self, incarnation: int) -> None:
        """Let the transactions of a new run pass."""
        self.incarnation, self.number, self._history = incarnation, 0, CommitHistory()
        self.is_over, self.lost_from = False, None

    def pass_through(self, connection: Connection) -> None:
        """Count a transaction; nothing can end the run until that is over.

        Raises FencedError if the run is over, or another process writes as the same run; CommitsLostError if
        the database has lost commits; StoreError if it has lost the run: the next renewal decides about that.
        """
        if self.lost_from is not None:
            raise CommitsLostError(self._sentence, self.lost_from)
        number: int | None = connection.scalar(_COUNT, {"incarnation": self.incarnation})
        if number is None:
            raise self._rejection(connection)
        self.number = number
        match self._history.continuity(number):
            case Continuity.LOST:
                raise self._lost(number)
            case Continuity.ANOTHER:
                raise self.end(self.incarnation)

    def expect_commit(self) -> None:
        """Note that the transaction under way is about to be committed: the answer may be lost."""
        self._history = self._history.after_lost_answer(self.number)

    def confirm(self) -> None:
        """Note that the transaction under way was committed."""
        self._history = self._history.after_commit(self.number)

    def _rejection(self, connection: Connection) -> StoreError:
        if self.is_ended(connection):
            return self.end(self.incarnation)
        return StoreError(f"the database has lost this run of node {self._node}; it is registered again soon")

    def is_ended(self, connection: Connection) -> bool:
        """Return True if the database says that the run is over; False if it says nothing of the run."""
        return bool(connection.scalar(_IS_OVER, {"incarnation": self.incarnation}))

    def _lost(self, number: int) -> CommitsLostError:
        """Return the error that commits were lost; nothing is written before that is accepted."""
        lost, self._history = self.confirmed - number + 1, CommitHistory(number - 1)
        self.losses += 1
        self._sentence = f"the database has lost {lost} confirmed transactions of node {self._node}"
        self.lost_from = number
        return CommitsLostError(self._sentence, number)

    def accept_loss(self) -> None:
        """Go on after the transactions that were not lost."""
        self.lost_from = None

    def end(self, incarnation: int) -> FencedError:
        """Note that a run is over, if it is still this one; return the error that says so."""
        if incarnation == self.incarnation:
            self.is_over = True
        return self.error()

    def error(self) -> FencedError:
        """Return the error that the run is over."""
        return FencedError(
            f"this run of node {self._node} is over; other nodes may have taken over what it owned"
        )
