"""Quarantine: one row an entry, with its bytes, counted once."""

import pytest

from personalize.measure.quarantine import Reject, counted, quarantine
from personalize.measure.tally import count_once, flush_tally
from personalize.models import QuarantinedEvent, Tally
from personalize.stream.protocol import Entry

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
