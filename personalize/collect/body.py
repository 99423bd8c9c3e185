"""The body of a request, read and unpacked within the limits: never more bytes than allowed."""

import zlib
from typing import Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from personalize.collect.refusal import Refused
from personalize.conf import settings

# Segment's Python client names no type at all; beacons may say text/plain only.
CONTENT_TYPES = ("", "application/json", "text/plain")
UTF_8 = ("utf-8", "utf8", "us-ascii")
GZIP_WINDOW = 31  # zlib: the largest window, with a gzip header


def read_body(request: HttpRequest) -> bytes:
    """Return the unpacked body, or refuse it: 413 too large, 415 wrong type, 400 broken."""
    _check_type(request)
    limit = settings().MAX_REQUEST_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise Refused(400, "Content-Length is not a number.", field="Content-Length")
    if int(length) > limit:
        raise _too_large(limit)
    try:
        body: bytes = _input(request).read(limit + 1)
    except (UnreadablePostError, OSError) as error:
        raise Refused(400, "The body could not be read to its end.", field="body") from error
    if len(body) > limit:
        raise _too_large(limit)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower()
    if encoding == "gzip":
        return _unpack(body, limit)
    if encoding != "identity":
        raise Refused(415, "Expected gzip or no encoding.", field="Content-Encoding")
    return body


def _check_type(request: HttpRequest) -> None:
    if request.content_type not in CONTENT_TYPES:
        request.read(0)  # so that no middleware takes it for a form afterwards, and fails
        raise Refused(415, "Expected application/json or text/plain.", field="Content-Type")
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if charset not in UTF_8:
        raise Refused(415, "Expected UTF-8.", field="Content-Type")


def _input(request: HttpRequest) -> Any:
    """Return what to read: Django sees no body where chunks came without a Content-Length."""
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        return request.META["wsgi.input"]
    return request


def _unpack(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Refused(400, "The body is not valid gzip.", field="Content-Encoding") from error
    if len(unpacked) > limit:
        raise _too_large(limit)
    if not unpacker.eof:
        raise Refused(400, "The gzip body ends too early.", field="Content-Encoding")
    return unpacked


def _too_large(limit: int) -> Refused:
    return Refused(413, f"A request may have {limit} bytes, unpacked.", field="body")
