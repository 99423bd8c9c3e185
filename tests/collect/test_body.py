"""The body of a request: whatever its size and packing, no more is read than allowed."""

import gzip
import io
import zlib
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from personalize.collect.body import read_body
from personalize.collect.refusal import Refused

LIMIT = 500_000
BODY = b'{"batch": []}'


def posted(content: bytes, *, content_type: str = "application/json", **more: Any) -> HttpRequest:
    return RequestFactory().generic("POST", "/", content, content_type=content_type, **more)


def refusal_of(request: HttpRequest) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        read_body(request)
    return refused.value.status, refused.value.field


def test_a_body_is_returned_as_sent():
    assert read_body(posted(BODY)) == BODY


def test_a_packed_body_is_unpacked():
    request = posted(gzip.compress(BODY), HTTP_CONTENT_ENCODING="GZIP")
    assert read_body(request) == BODY


def test_an_empty_body_is_an_empty_body():
    assert read_body(posted(b"")) == b""


def test_a_body_may_reach_the_limit_and_not_pass_it():
    assert len(read_body(posted(b"x" * LIMIT))) == LIMIT
    assert refusal_of(posted(b"x" * (LIMIT + 1)))[0] == 413


def test_a_declared_length_is_refused_before_anything_is_read():
    class Unread(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            raise AssertionError("read")

    request = posted(b"x", CONTENT_LENGTH=str(LIMIT + 1), **{"wsgi.input": Unread()})
    assert refusal_of(request)[0] == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "many"])
def test_a_length_that_is_no_number_is_refused(length):
    request = posted(b"x")
    request.META["CONTENT_LENGTH"] = length
    assert refusal_of(request) == (400, "Content-Length")


def test_chunks_without_a_length_are_read_and_bounded():
    def chunked(content: bytes) -> HttpRequest:
        stream = {"wsgi.input": io.BytesIO(content), "wsgi.input_terminated": True}
        return posted(b"x", CONTENT_LENGTH="", **stream)

    assert read_body(chunked(BODY)) == BODY
    assert refusal_of(chunked(b"x" * (LIMIT + 1)))[0] == 413


def test_a_connection_that_breaks_is_the_senders_fault():
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    assert refusal_of(posted(b"x" * 10, **{"wsgi.input": Broken()}))[0] == 400


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=UTF-8"])
def test_clients_that_name_json_differently_are_understood(content_type):
    assert read_body(posted(BODY, content_type=content_type)) == BODY


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_another_type_is_refused(content_type):
    assert refusal_of(posted(BODY, content_type=content_type)) == (415, "Content-Type")


def test_another_packing_is_refused():
    assert refusal_of(posted(BODY, HTTP_CONTENT_ENCODING="br")) == (415, "Content-Encoding")


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < LIMIT
    assert refusal_of(posted(bomb, HTTP_CONTENT_ENCODING="gzip"))[0] == 413


@pytest.mark.parametrize(
    "packed",
    [BODY, b"", gzip.compress(BODY)[:-9], zlib.compress(BODY)],
    ids=["not packed", "empty", "cut", "zlib's own header"],
)
def test_a_broken_packing_is_refused(packed):
    request = posted(packed, HTTP_CONTENT_ENCODING="gzip")
    assert refusal_of(request) == (400, "Content-Encoding")


@given(st.binary(max_size=2_000))
def test_any_bytes_come_out_as_they_were_packed(content):
    assert read_body(posted(gzip.compress(content), HTTP_CONTENT_ENCODING="gzip")) == content
