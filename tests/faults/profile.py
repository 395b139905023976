"""How much of each fault a run has: the short form is one of the tests, the long one is `scripts/soak`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """How often, or for how many seconds, each fault is there; `thorough` includes all its kinds.

    Nodes are killed at so many statements of each operation, at all if `kill_points` is 0.
    """

    kills: int
    stops: int
    outage: float
    pause: float
    busy_hosts: int
    descriptors: int
    reloads: int
    push_kills: int
    node_kills: int
    node_stops: int
    node_pauses: int
    kill_points: int
    thorough: bool


SHORT = Profile(
    kills=3,
    stops=3,
    outage=0.5,
    pause=6.0,
    busy_hosts=600,
    descriptors=256,
    reloads=12,
    push_kills=2,
    node_kills=3,
    node_stops=2,
    node_pauses=2,
    kill_points=2,
    thorough=False,
)
LONG = Profile(
    kills=200,
    stops=100,
    outage=60.0,
    pause=120.0,
    busy_hosts=5000,
    descriptors=1024,
    reloads=300,
    push_kills=100,
    node_kills=200,
    node_stops=100,
    node_pauses=50,
    kill_points=0,
    thorough=True,
)
