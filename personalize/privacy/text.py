"""Bytes of events as text that people can read: masked, or as they are."""

import json
from typing import Any

import msgspec

from personalize.privacy.mask import masked, masked_text

SHOWN_BYTES = 64_000


def as_text(raw: bytes, *, is_masked: bool = True) -> str:
    """Return the bytes as indented JSON if they are msgpack or JSON, else as they are."""
    for decode in (msgspec.msgpack.decode, msgspec.json.decode):
        try:
            content = decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(content, dict | list):
            return _indented(masked(content) if is_masked else content)
    text = raw[:SHOWN_BYTES].decode(errors="backslashreplace")
    return masked_text(text) if is_masked else text


def _indented(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, default=repr)
