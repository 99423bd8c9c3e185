"""What must hold of any event."""

import pytest
from msgspec.structs import replace

from personalize.clean.validate import fault_of
from personalize.events.event import MAX_ID
from personalize.events.wire import decode_message
from personalize.testing import event_of


def test_a_whole_event_has_no_fault():
    assert fault_of(event_of("a:visitor")) == ""


def test_the_longest_id_that_the_endpoint_takes_has_no_fault():
    message = decode_message(b'{"type":"group","userId":"%s"}' % (b"u" * MAX_ID))
    assert fault_of(replace(event_of("a:visitor"), user_id=message.user_id)) == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"anonymous_id": ""}, "anonymousId"),
        ({"user_id": "u" * (MAX_ID + 1)}, "userId"),
        ({"anonymous_id": "a" * (MAX_ID + 1)}, "anonymousId"),
        ({"message_id": ""}, "messageId"),
        ({"event": ""}, "event"),
    ],
)
def test_a_fault_names_its_field(change, field):
    assert fault_of(replace(event_of("a:visitor"), **change)).startswith(f"{field}: expected")
