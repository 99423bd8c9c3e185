"""The numbers of a process."""

import os
from threading import Thread

from personalize import metrics
from personalize.metrics import BUCKETS, count, observe, readings, snapshot, watch


def test_count_adds_up_under_its_name():
    before = snapshot().get("tests.counted", 0)
    count("tests.counted")
    count("tests.counted", 2)
    assert snapshot()["tests.counted"] - before == 3


def test_count_loses_nothing_between_threads():
    before = snapshot().get("tests.threads", 0)
    threads = [
        Thread(target=lambda: [count("tests.threads") for _ in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert snapshot()["tests.threads"] - before == 2_000


def test_a_label_splits_a_counter():
    before = readings().counts
    count("tests.split", label="left")
    count("tests.split", 2, label="right")
    after = readings().counts
    assert after["tests.split|left"] - before.get("tests.split|left", 0) == 1
    assert after["tests.split|right"] - before.get("tests.split|right", 0) == 2


def test_observe_sorts_durations_into_buckets_and_adds_them_up():
    observe("tests.lasted", 0.0001)
    observe("tests.lasted", 0.003)
    observe("tests.lasted", 1_000.0, times=2)
    *cells, above, microseconds = readings().times["tests.lasted"]
    assert len(cells) == len(BUCKETS)
    assert [bound for bound, number in zip(BUCKETS, cells, strict=True) if number] == [
        0.0001,
        0.005,
    ]
    assert above == 2
    assert microseconds == 100 + 3_000 + 2_000_000_000


def test_a_gauge_is_read_when_somebody_looks(monkeypatch):
    monkeypatch.setattr(metrics, "_gauges", {})
    level = [1.0]
    watch("tests.level", lambda: level[0])
    level[0] = 2.0
    assert readings().gauges == {"tests.level": 2.0}


def test_the_first_count_of_a_process_starts_what_gathers_and_the_second_does_not(monkeypatch):
    started = []
    monkeypatch.setattr(metrics, "_is_used", False)
    metrics.on_first_use(lambda: started.append(os.getpid()))
    count("tests.first")
    observe("tests.first", 0.1)
    assert started == [os.getpid()]


def test_a_forked_process_begins_at_zero_and_gathers_for_itself(monkeypatch):
    monkeypatch.setattr(metrics, "_on_first_use", lambda: None)
    count("tests.parent")
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:  # the child says what it finds, and ends without pytest's leave
        os.write(write_end, f"{metrics._counts} {metrics._is_used}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(read_end, 100) == b"{} False"
