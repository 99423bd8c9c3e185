"""Repetitions of what has no message id."""

import pytest
from msgspec.structs import replace

from personalize.clean.fingerprint import PREFIX, name_by_content
from personalize.clean.policy import Policies, SourcePolicy
from personalize.collect.senders import random_message_id
from personalize.testing import event_of

POLICIES = Policies(sources={"pos": SourcePolicy(fingerprint_seconds=10)})
EVENT = replace(event_of("a:visitor"), source="pos", timestamp=1_700_000_000_000)


def names(*events, policies=POLICIES):
    named = name_by_content(
        [replace(event, message_id=random_message_id()) for event in events], policies=policies
    )
    return [event.message_id for event in named]


def test_the_same_content_within_the_time_has_the_same_id():
    one, other = names(EVENT, replace(EVENT, timestamp=EVENT.timestamp + 9_999))
    assert one == other
    assert one.startswith(PREFIX)


@pytest.mark.parametrize(
    "change",
    [
        {"anonymous_id": "stranger"},
        {"event": "Product Added"},
        {"properties": {"number": 1}},
        {"traits": {"n": 1}},
        {"context": {"page": {"path": "/b"}}},
        {"timestamp": EVENT.timestamp + 10_000},
    ],
)
def test_any_difference_makes_another_event(change):
    one, other = names(EVENT, replace(EVENT, **change))
    assert one != other


def test_it_is_off_unless_the_source_asks_for_it():
    one, other = names(EVENT, EVENT, policies=Policies())
    assert one != other


def test_an_id_of_the_senders_own_stays():
    (event,) = name_by_content([replace(EVENT, message_id="order-7")], policies=POLICIES)
    assert event.message_id == "order-7"


def test_naming_twice_is_naming_once():
    once = name_by_content([replace(EVENT, message_id=random_message_id())], policies=POLICIES)
    assert name_by_content(once, policies=POLICIES) == once
