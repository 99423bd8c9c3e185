"""Files stay while somebody reads them."""

from personalize.connections import worker_redis
from personalize.lake.leases import KEY, reading, somebody_reads


def test_a_reader_is_known_while_he_reads():
    with reading():
        assert somebody_reads()
    assert not somebody_reads()


def test_one_of_two_readers_goes_on():
    with reading():
        with reading():
            pass
        assert somebody_reads()


def test_a_reader_that_died_is_forgotten():
    worker_redis().zadd(KEY, {"dead": 1})
    assert not somebody_reads()
