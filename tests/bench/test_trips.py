"""The files and moves of a check."""

from bench.trips import Call, Trips

TICK = Call("engine/checking/monitor.py", "Monitor.run")
CHECK = Call("engine/checking/monitor.py", "Monitor._check")
PROBE = Call("engine/probing/fetcher.py", "Prober.probe")
GET = Call("engine/probing/http_client.py", "HttpClient.get")


def test_moves_between_files_count_once() -> None:
    """Each pair of functions of two files is one move, however often; inside a file there is none."""
    trips = Trips()
    for calls in ([CHECK], [CHECK, PROBE], [CHECK, PROBE, GET], [CHECK, PROBE, GET], [TICK, CHECK]):
        trips.add(list(calls))
    assert trips.files == {CHECK.file, PROBE.file, GET.file}
    assert trips.moves == {(CHECK, PROBE), (PROBE, GET)}


def test_other_work_is_left_out() -> None:
    """What other loops do, and what a tick does whether or not a check is due, does not count."""
    trips = Trips()
    trips.add([Call("app/run.py", "_serve"), Call("engine/selfcheck/clock.py", "ClockGuard.run")])
    trips.add([TICK, Call("engine/selfcheck/self_check.py", "SelfCheck.on_tick"), PROBE])
    assert (trips.files, trips.moves) == (set(), set())
