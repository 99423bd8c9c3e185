"""Markers: read back as written, forged by nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from personalize.render.markers import SLOT, VARIANT, closing, opening, payload_of, tokens


def test_tokens_finds_what_opening_and_closing_wrote() -> None:
    content = f"a{opening(SLOT, {'k': 'hero'})}b{closing(SLOT)}c".encode()
    first, second = tokens(content)
    assert (first.kind, payload_of(first.payload), first.is_genuine) == ("s", {"k": "hero"}, True)
    assert (second.kind, second.is_genuine) == ("/s", True)
    assert content[first.end : second.start] == b"b"


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_tokens_reads_any_payload(payload: dict[str, object]) -> None:
    marker = opening(VARIANT, payload)
    (token,) = tokens(f"<p>{marker}-->".encode())
    assert payload_of(token.payload) == payload
    assert marker.count("-->") == 1


def test_tokens_knows_a_foreign_key() -> None:
    (token,) = tokens(b"<!--px0123456789abcdefv:e30=-->")
    assert not token.is_genuine


@pytest.mark.parametrize("near", [b"<!--px:abc-->", b"<!--pxq-->", b"<!-- px -->", b"<!--/px-->"])
def test_tokens_leaves_other_comments_alone(near: bytes) -> None:
    assert list(tokens(near)) == []


def test_tokens_believes_the_key_before_a_rotation(settings: Settings) -> None:
    marker = opening(SLOT, {"k": "hero"}).encode()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    (token,) = tokens(marker)
    assert token.is_genuine
    settings.SECRET_KEY_FALLBACKS = []
    (token,) = tokens(marker)
    assert not token.is_genuine
