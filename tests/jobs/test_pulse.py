"""A job that runs gives signs of life, and hears that it is to stop."""

import time
from uuid import uuid4

import pytest

from personalize.connections import worker_redis
from personalize.jobs import pulse as module
from personalize.jobs.pulse import Sign, Stopped, ask_to_stop, is_alive, pulse, sign_of


def wait_until(is_so) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.2)


def test_it_tells_how_far_it_is_while_it_runs() -> None:
    uuid = uuid4()
    with pulse(uuid) as beating:
        assert beating
        beating.watch(0.25, "reading")
        wait_until(lambda: sign_of(uuid) and sign_of(uuid).share == 0.25)
        assert sign_of(uuid).stage == "reading"
        assert is_alive(uuid)
    assert sign_of(uuid) is None
    assert not is_alive(uuid)


def test_only_one_worker_does_it() -> None:
    uuid = uuid4()
    with pulse(uuid), pulse(uuid) as second:
        assert second is None


def test_a_wish_to_stop_ends_it_where_it_tells_how_far_it_is() -> None:
    uuid = uuid4()
    with pulse(uuid) as beating:
        ask_to_stop(uuid)
        wait_until(lambda: beating.is_stopped)
        with pytest.raises(Stopped):
            beating.watch(0.5, "reading")


def test_a_wish_to_stop_ends_it_also_where_it_tells_nothing() -> None:
    uuid = uuid4()
    with pulse(uuid) as beating:
        ask_to_stop(uuid)
        with pytest.raises(Stopped), beating.interruptible():  # noqa: PT012
            while True:
                time.sleep(0.01)


def test_what_comes_after_the_work_is_not_interrupted() -> None:
    uuid = uuid4()
    with pulse(uuid) as beating:
        with beating.interruptible():
            pass
        ask_to_stop(uuid)
        wait_until(lambda: beating.is_stopped)
        time.sleep(0.5)  # past the grace


def test_one_that_was_overtaken_stops() -> None:
    uuid = uuid4()
    with pulse(uuid) as beating:
        worker_redis().delete(f"px:job:{uuid}:lock")
        wait_until(lambda: beating.is_stopped)


def test_the_rest_takes_as_long_as_what_is_done() -> None:
    assert Sign(0.25, "reading", 30.0).left_seconds == 90.0
    assert Sign(0.0, "reading", 30.0).left_seconds is None
