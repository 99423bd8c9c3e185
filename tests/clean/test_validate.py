"""What must hold of any event."""

import pytest
from msgspec.structs import replace

from personalize.clean.validate import fault_of
from personalize.testing import event_of


def test_a_whole_event_has_no_fault():
    assert fault_of(event_of("a:visitor")) == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"anonymous_id": ""}, "anonymousId"),
        ({"user_id": "u" * 300}, "userId"),
        ({"message_id": ""}, "messageId"),
        ({"event": ""}, "event"),
    ],
)
def test_a_fault_names_its_field(change, field):
    assert fault_of(replace(event_of("a:visitor"), **change)).startswith(f"{field}: expected")
