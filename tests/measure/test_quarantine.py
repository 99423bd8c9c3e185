"""Quarantine: one row an entry, with its bytes, counted once."""

import pytest
from msgspec.msgpack import encode as encode_anything

from personalize.events.event import encode
from personalize.measure.quarantine import Reject, counted, path_in, quarantine
from personalize.measure.tally import count_once, flush_tally
from personalize.models import QuarantinedEvent, Tally
from personalize.stream.protocol import Entry
from tests.streamed import link, view

NOW = 1_780_000_000_000
pytestmark = pytest.mark.django_db


def test_an_entry_is_kept_with_its_bytes_and_counted_once() -> None:
    reject = Reject(Entry("00001780000000-0000000001", None, b"\xc1"), "undecodable")
    for _ in range(2):
        quarantine([reject], partition=3, at=NOW)
        count_once(3, counted([reject], at=NOW))
    flush_tally()
    row = QuarantinedEvent.objects.get()
    assert (row.reason, bytes(row.raw)) == ("undecodable", b"\xc1")
    assert Tally.objects.get(metric="quarantined").count == 1


def test_a_row_says_whose_client_sent_it_when_and_which_field_is_at_fault() -> None:
    event = view(1, received_at=NOW)
    entry = Entry("00001780000000-0000000001", event, encode(event))
    quarantine([Reject(entry, "invalid", "properties.price: expected a number")], partition=3, at=1)
    row = QuarantinedEvent.objects.get()
    assert (row.source, row.path) == ("shop", "$.properties.price")
    assert row.received_at
    assert row.received_at.timestamp() * 1_000 == NOW


def test_what_cannot_be_read_says_where_the_decoder_gave_up() -> None:
    raw = encode_anything({"type": "track", "event": 7})
    quarantine([Reject(Entry("1", None, raw), "undecodable")], partition=3, at=NOW)
    row = QuarantinedEvent.objects.get()
    assert (row.source, row.path) == ("?", "$.event")
    assert "Expected `str`, got `int`" in row.detail


def test_what_the_system_sent_itself_is_kept_and_not_counted() -> None:
    reject = Reject(Entry("1", link(), b""), "failed")
    quarantine([reject], partition=3, at=NOW)
    assert QuarantinedEvent.objects.get().source == ""
    assert counted([reject], at=NOW) == []


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ("anonymousId: expected an id", "$.anonymousId"),
        ("products[0].price: expected a number", "$.products[0].price"),
        ("ValueError: properties.price", ""),
        ("Expected `object`, got `int` - at `$.properties`", "$.properties"),
        ("It just failed", ""),
        ("", ""),
    ],
)
def test_the_path_of_the_field_at_fault_is_in_the_detail(detail: str, path: str) -> None:
    assert path_in(detail) == path
