"""The files and moves of a notice."""

from __future__ import annotations

from bench.notice_trip import NoticeTrip
from bench.trips import Call

BUFFER = Call("engine/recording/write_buffer.py", "WriteBuffer.run")
WAKE = Call("engine/notification/dispatcher.py", "Dispatcher.wake")
WORKER = Call("engine/notification/channel_worker.py", "ChannelWorker.run")
DELIVER = Call("engine/notification/notifier.py", "Notifier.deliver")
THREAD = Call("engine/runtime/thread_worker.py", "ThreadWorker._work")
READ = Call("store/store.py", "Store.waiting")
ROWS = Call("store/queries/deliveries.py", "waiting_for")


def test_the_trip_begins_with_the_wake_up_and_enters_the_store_once() -> None:
    """The writing before is left out, and so is the inside of the store."""
    trip = NoticeTrip()
    for calls in ([BUFFER, ROWS], [BUFFER, WAKE], [WORKER, DELIVER], [THREAD, READ], [THREAD, READ, ROWS]):
        trip.add(list(calls))
    assert trip.moves == {(BUFFER, WAKE), (WORKER, DELIVER), (THREAD, READ)}
    assert trip.files == {each.file for each in (BUFFER, WAKE, WORKER, DELIVER, THREAD, READ)}


def test_what_follows_the_sending_is_left_out() -> None:
    """The update of the deliveries, and operations of other loops on the store's thread, do not count."""
    trip = NoticeTrip()
    trip.add([WORKER, Call("engine/notification/channel_worker.py", "DeliveryQueue.settle"), READ])
    trip.add([THREAD, Call("store/store.py", "Store.record"), ROWS])
    assert (trip.files, trip.moves) == (set(), set())
