"""Waits after wrong passwords."""

import pytest

from py_pinger.web.security.login_throttle import (
    BURST,
    FORGOTTEN,
    INTERVAL,
    MOST_CLIENTS,
    PER_CLIENT,
    PER_NETWORK,
    TOTAL_BURST,
    TOTAL_INTERVAL,
    FailureCounter,
    LoginThrottle,
    TokenBucket,
)


def waits(count: int) -> list[float]:
    """Return the wait after each of so many wrong passwords, each given as soon as it may be."""
    counter, now, found = FailureCounter(PER_CLIENT), 1000.0, []
    for _ in range(count):
        counter.add("a", now)
        found.append(counter.wait("a", now))
        now += found[-1]
    return found


def test_the_wait_grows() -> None:
    """A handful of wrong passwords costs nothing; then the wait doubles, up to a quarter of an hour."""
    growing = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
    free, longest = PER_CLIENT.first - 1, PER_CLIENT.longest
    assert waits(free + len(growing) + 3) == [0.0] * free + growing + [longest] * 3


def test_clients_wait_separately() -> None:
    """Another client does not wait."""
    counter = FailureCounter(PER_CLIENT)
    for _ in range(PER_CLIENT.first):
        counter.add("a", 0)
    assert (counter.wait("a", 0.25), counter.wait("b", 0.25)) == (0.75, 0)


@pytest.mark.parametrize(("later", "wait"), [(FORGOTTEN, 8.0), (FORGOTTEN + 1, 0.0)])
def test_a_client_is_forgotten(later: float, wait: float) -> None:
    """An hour after its last wrong password a client starts again."""
    counter = FailureCounter(PER_CLIENT)
    for _ in range(PER_CLIENT.first + 2):
        counter.add("a", 0)
    counter.add("a", later)
    assert counter.wait("a", later) == wait


def test_wrong_passwords_are_logged_once_a_minute() -> None:
    """For each client, not for each of its attempts."""
    counter = FailureCounter(PER_CLIENT)
    tries = [("a", 0), ("a", 1), ("b", 2), ("a", 59), ("a", 60), ("a", 119), ("a", 120)]
    logged = [counter.add(client, now) for client, now in tries]
    assert logged == [True, False, True, False, True, False, True]


def test_the_memory_is_bounded() -> None:
    """However many clients there are, a fixed number is remembered: those that failed last."""
    counter = FailureCounter(PER_CLIENT)
    for number in range(2 * MOST_CLIENTS):
        counter.add(str(number), number / 1000)
    assert len(counter) == MOST_CLIENTS
    newest = str(2 * MOST_CLIENTS - 1)
    for _ in range(PER_CLIENT.first):
        counter.add(newest, 100)
    assert counter.wait(newest, 100) == 2.0
    assert len(counter) == MOST_CLIENTS


def test_a_bucket_fills_again() -> None:
    """A few at once, then one at a time; a rest gives back no more than there was."""
    bucket = TokenBucket(BURST, INTERVAL)
    assert [bucket.take(100.0) for _ in range(BURST + 2)] == [0.0] * BURST + [INTERVAL, INTERVAL]
    assert [bucket.take(100.0 + INTERVAL), bucket.take(100.0 + 1.5 * INTERVAL)] == [0.0, INTERVAL / 2]
    assert [bucket.take(9999.0) for _ in range(BURST + 1)] == [0.0] * BURST + [INTERVAL]


@pytest.mark.parametrize(
    ("address", "other", "limited"),
    [
        ("203.0.113.{}", "203.0.113.200", True),
        ("2001:db8:0:{}::1", "2001:db8:0:ffff::1", True),
        ("127.0.{}.1", "127.200.1.1", True),
        ("127.0.{}.1", "::1", True),
        ("203.0.113.{}", "203.0.112.1", False),
    ],
)
def test_a_network_is_limited(address: str, other: str, *, limited: bool) -> None:
    """Wrong passwords from many addresses of one network make each address of that network wait."""
    throttle = LoginThrottle()
    for number in range(PER_NETWORK.first):
        assert throttle.wait(address.format(number), 0) == 0
        throttle.add_failure(address.format(number), 0)
    assert (throttle.wait(other, 0) > 0) is limited


def test_all_together_are_limited() -> None:
    """Wrong passwords from many networks make every unknown client wait, and each for a short time."""
    throttle = LoginThrottle()
    for number in range(TOTAL_BURST):
        address = f"10.{number}.0.1"
        assert throttle.wait(address, 0) == 0
        throttle.add_failure(address, 0)
    assert throttle.wait("192.0.2.1", 0) == TOTAL_INTERVAL
    assert throttle.wait("192.0.2.1", TOTAL_INTERVAL) == 0


def test_who_knows_the_password_is_not_locked_out() -> None:
    """Guesses of others, even of the same network, do not make a client wait that had the password right."""
    throttle = LoginThrottle()
    throttle.add_success("203.0.113.200")
    for number in range(TOTAL_BURST):
        throttle.add_failure(f"203.0.113.{number}", 0)
    assert throttle.wait("203.0.113.201", 0) > 0
    assert throttle.wait("203.0.113.200", 0) == 0
    for _ in range(PER_CLIENT.first):
        throttle.add_failure("203.0.113.200", 0)
    assert throttle.wait("203.0.113.200", 0) == 1.0


def test_known_clients_are_bounded() -> None:
    """However many clients know the password, a fixed number is remembered: the latest."""
    throttle = LoginThrottle()
    for number in range(MOST_CLIENTS + 1):
        throttle.add_success(f"10.{number // 256}.{number % 256}.1")
    for number in range(TOTAL_BURST):
        throttle.add_failure(f"11.{number}.0.1", 0)
    assert (throttle.wait("10.0.0.1", 0) > 0, throttle.wait("10.0.1.1", 0)) == (True, 0)
