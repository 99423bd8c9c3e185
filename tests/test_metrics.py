"""The counters of a process."""

from threading import Thread

from personalize.metrics import count, snapshot


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
