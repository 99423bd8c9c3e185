"""An event travels unchanged, and belongs to one subject."""

from personalize.events.event import Event, decode, encode

VIEWED = Event(
    type="track",
    event="Product Viewed",
    message_id="m-1",
    timestamp=1_795_439_132_123,
    received_at=1_795_439_132_200,
    anonymous_id="visitor",
    properties={"price": 12.5, "tags": ["a"], "sizes": {"eu": 42}},
)


def test_an_event_comes_off_the_stream_as_it_went_on() -> None:
    assert decode(encode(VIEWED)) == VIEWED


def test_an_event_belongs_to_the_visitor_until_a_user_is_proven() -> None:
    linked = Event(
        type="track", event="E", message_id="m-2", timestamp=1, received_at=1,
        anonymous_id="visitor", user_id="42",
    )  # fmt: skip

    assert VIEWED.subject == "a:visitor"
    assert linked.subject == "u:42"
