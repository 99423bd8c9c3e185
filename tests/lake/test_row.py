"""Events wait as rows and come back."""

from personalize.lake.row import decode_rows, encode_rows, event_of
from tests.lake.conftest import event


def test_events_come_back_exactly_as_they_took_effect():
    events = [
        event(1, properties={"price": 3.5, "tags": ["red", "new"]}, notes=["coerced:price"]),
        event(2, subject="u:7", bot="ua", original_timestamp=5, context={"page": {"path": "/"}}),
    ]
    rows = list(decode_rows(encode_rows(events), shard=3, sequence=99))
    assert [(row.shard, row.sequence, row.number) for row in rows] == [(3, 99, 0), (3, 99, 1)]
    assert [event_of(row.body) for row in rows] == events


def test_a_merge_keeps_only_whose_profile_was_handed_over():
    merge = event(
        1,
        subject="u:7",
        type="merge",
        anonymous_id="visitor",
        properties={"profile": b"all of it", "seen": b"and more"},
    )
    (row,) = decode_rows(encode_rows([merge]), shard=0, sequence=1)
    assert event_of(row.body).properties == {"from": "a:visitor"}
