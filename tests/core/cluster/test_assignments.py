"""What nodes own: the names of it, and to which shard a task belongs."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from py_pinger.core.cluster.assignments import (
    HEARTBEAT,
    NOTICES,
    RETENTION,
    SHARDS,
    all_assignments,
    channel_assignment,
    channel_names,
    shard_name,
    shard_numbers,
    shard_of,
)
from py_pinger.core.text.urls import mask, origin

HOSTS = st.sampled_from(["a.example", "b.example:8080", "[::1]:443", "B.EXAMPLE:8080", "bücher.example"])
USERS = st.sampled_from(["", "user:pass@", "user@", "u:p%2Fq@", "***@"])
RESTS = st.sampled_from(["", "/", "//x", "/a?token=s3cret", "?q=http://c.example/", "#top", "/a//b@c:9/"])


@given(st.sampled_from(["http", "https"]), USERS, HOSTS, RESTS)
@example("http", "", "a.example", "?x=//b.example/")
def test_tasks_of_one_origin_share_a_shard(scheme: str, user: str, host: str, rest: str) -> None:
    """The shard follows from the origin alone, whatever else the URL has, masked or not."""
    url = f"{scheme}://{user}{host}{rest}"
    assert shard_of(url, SHARDS) == shard_of(mask(url), SHARDS) == shard_of(origin(url), SHARDS)


def test_shards_are_used_evenly() -> None:
    """Many hosts come to many shards: 10,000 leave hardly one of 1,024 empty."""
    shards = [shard_of(f"https://host-{number}.example/status", SHARDS) for number in range(10_000)]
    assert min(shards) >= 0
    assert max(shards) < SHARDS
    assert len(set(shards)) > 1_000


def test_pushes_have_shards_of_their_slugs() -> None:
    """Tasks that are pushed have no host: they are spread by their slugs."""
    assert len({shard_of(f"push:job-{number}", SHARDS) for number in range(100)}) > 80


@pytest.mark.parametrize(
    ("url", "shard"),
    [("https://import.example/status", 558), ("http://[2001:db8::1]:3000/x", 989), ("push:backup", 1_020)],
)
def test_shards_never_change(url: str, shard: int) -> None:
    """A database keeps its shards for ever, so a URL has the same one in each release."""
    assert shard_of(url, 1_024) == shard


def test_names() -> None:
    """Names are made and read again, also those of channels with blanks."""
    names = all_assignments(["slack", "slack ops", "shard 5"], 3)
    assert names == (
        "shard 0",
        "shard 1",
        "shard 2",
        "channel slack",
        "channel slack ops",
        "channel shard 5",
        RETENTION,
        HEARTBEAT,
        NOTICES,
    )
    assert shard_numbers(names) == {0, 1, 2}
    assert channel_names(names) == {"slack", "slack ops", "shard 5"}
    assert (shard_name(17), channel_assignment("email")) == ("shard 17", "channel email")
