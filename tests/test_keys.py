"""A subject's keys lie in the slot of its shard."""

import re

from personalize.keys import SHARDS, outbox_key, profile_key, shard_of, timeline_key


def test_a_subject_stays_in_its_shard():
    assert [shard_of(subject) for subject in ("a:visitor", "u:1")] == [13, 10]


def test_all_shards_have_subjects():
    assert {shard_of(f"a:{number}") for number in range(500)} == set(range(SHARDS))


def test_what_one_write_touches_carries_one_hash_tag():
    keys = [profile_key("a:visitor"), timeline_key("a:visitor"), outbox_key(shard_of("a:visitor"))]
    assert {re.search(r"{(.*)}", key)[1] for key in keys} == {"s13"}
