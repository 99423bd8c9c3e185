"""Addresses in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.clean.urls import LONGEST, allowed_query, canonical_url

ALLOWED = frozenset({"page", "filter_*"})


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG:443/A/b?page=2&token=x#top", "https://example.org/A/b?page=2"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://jane:secret@example.org/", "https://example.org/"),
        (
            "https://example.org/?utm_source=x&filter_size=L",
            "https://example.org/?utm_source=x&filter_size=L",
        ),
        ("https://example.org/by/jane@example.org", "https://example.org/by/•••"),
        (
            "https://example.org/?page=jane@example.org",
            "https://example.org/?page=%E2%80%A2%E2%80%A2%E2%80%A2",
        ),
        ("/basket?session=1", "/basket"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://[", ""),
        ("http://example.org:port/", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_form(url, canonical):
    assert canonical_url(url, allowed=ALLOWED) == canonical


def test_a_query_too_long_is_left_out_whole():
    long = "https://example.org/?page=" + "x" * LONGEST
    assert canonical_url(long, allowed=ALLOWED) == "https://example.org/"


def test_only_what_is_allowed_of_a_query_stays_in_order():
    query = "b=1&utm_term=z&page=1&filter_a=2"
    assert allowed_query(query, allowed=ALLOWED) == "utm_term=z&page=1&filter_a=2"
    assert allowed_query("", allowed=ALLOWED) == ""


@given(st.text(alphabet="htps:/?#[]@&=%.ab1 é", max_size=40))
def test_any_text_has_a_form_that_is_not_too_long(text):
    assert len(canonical_url(text, allowed=ALLOWED)) <= LONGEST
