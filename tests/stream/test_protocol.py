"""The partition of a subject, and which stream the settings name."""

from collections import Counter

from personalize.stream.protocol import current_stream, partition_of
from personalize.stream.redis import RedisStream


def test_a_subject_has_the_same_partition_in_every_process():
    assert [partition_of(f"a:{number}", 8) for number in range(6)] == [7, 7, 5, 0, 6, 3]


def test_subjects_spread_evenly_over_partitions():
    sizes = Counter(partition_of(f"a:{number}", 8) for number in range(8_000))
    assert len(sizes) == 8
    assert min(sizes.values()) > 850


def test_the_settings_name_the_stream():
    stream = current_stream()
    assert isinstance(stream, RedisStream)
    assert stream.partitions == 8
