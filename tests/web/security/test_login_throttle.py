"""How long clients wait after wrong passwords."""

import pytest

from py_pinger.web.security.login_throttle import (
    BURST,
    FIRST_WAIT,
    FORGOTTEN,
    LONGEST,
    MOST_CLIENTS,
    PACE,
    LoginThrottle,
    TokenBucket,
)


def waits(count: int) -> list[float]:
    """Return the wait after each of so many wrong passwords, each given as soon as it may be."""
    guesses, now, found = LoginThrottle(), 1000.0, []
    for _ in range(count):
        guesses.failed("a", now)
        found.append(guesses.wait("a", now))
        now += found[-1]
    return found


def test_the_wait_grows() -> None:
    """A handful of wrong passwords costs nothing; then the wait doubles, up to a quarter of an hour."""
    growing = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
    assert waits(FIRST_WAIT - 1 + len(growing) + 3) == [0.0] * (FIRST_WAIT - 1) + growing + [LONGEST] * 3


def test_the_wait_is_one_clients_own() -> None:
    """Another client is listened to all the same."""
    guesses = LoginThrottle()
    for _ in range(FIRST_WAIT):
        guesses.failed("a", 0)
    assert (guesses.wait("a", 0.25), guesses.wait("b", 0.25)) == (0.75, 0)


@pytest.mark.parametrize(("later", "wait"), [(FORGOTTEN, 8.0), (FORGOTTEN + 1, 0.0)])
def test_a_client_is_forgotten(later: float, wait: float) -> None:
    """An hour after its last wrong password a client starts anew."""
    guesses = LoginThrottle()
    for _ in range(FIRST_WAIT + 2):
        guesses.failed("a", 0)
    guesses.failed("a", later)
    assert guesses.wait("a", later) == wait


def test_wrong_passwords_are_told_of_once_a_minute() -> None:
    """Of each client, and not of each of its tries."""
    guesses = LoginThrottle()
    tries = [("a", 0), ("a", 1), ("b", 2), ("a", 59), ("a", 60), ("a", 119), ("a", 120)]
    assert [guesses.failed(client, now) for client, now in tries] == [
        True,
        False,
        True,
        False,
        True,
        False,
        True,
    ]


def test_the_memory_is_bounded() -> None:
    """However many clients there are, so many are remembered: the ones that failed last."""
    guesses = LoginThrottle()
    for number in range(2 * MOST_CLIENTS):
        guesses.failed(str(number), number / 1000)
    assert len(guesses) == MOST_CLIENTS
    newest = str(2 * MOST_CLIENTS - 1)
    for _ in range(FIRST_WAIT):
        guesses.failed(newest, 100)
    assert guesses.wait(newest, 100) == 2.0
    assert len(guesses) == MOST_CLIENTS


def test_all_together_have_an_allowance() -> None:
    """A few at once, then one at a time; a rest gives back no more than there was."""
    allowance = TokenBucket()
    assert [allowance.take(100.0) for _ in range(BURST + 2)] == [0.0] * BURST + [PACE, PACE]
    assert [allowance.take(100.0 + PACE), allowance.take(100.0 + 1.5 * PACE)] == [0.0, PACE / 2]
    assert [allowance.take(9999.0) for _ in range(BURST + 1)] == [0.0] * BURST + [PACE]
