"""Bytes as text."""

import pytest

from personalize.events.event import encode
from personalize.privacy.text import as_text
from tests.streamed import view


def test_an_event_is_indented_json_masked_unless_asked_otherwise():
    raw = encode(view(1, properties={"email": "ada@example.com"}))
    assert "ada@" not in as_text(raw)
    assert '"email": "ada@example.com"' in as_text(raw, is_masked=False)


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"\x91" * 100_000, b"plain"]
)
def test_whatever_the_bytes_are_they_become_text(raw):
    assert isinstance(as_text(raw), str)
