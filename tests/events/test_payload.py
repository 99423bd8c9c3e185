"""What an event carries freely is kept within bounds."""

from typing import Any

import pytest

from personalize.events.payload import Limits, RefusedPayload, check_payload

LIMITS = Limits(depth=4, properties=5)


def test_an_ordinary_payload_passes_unchanged() -> None:
    payload: dict[str, Any] = {"name": "X", "price": 1.5, "tags": ["a", None], "page": {"ok": True}}
    before = repr(payload)

    check_payload(payload, limits=LIMITS)

    assert repr(payload) == before


def test_an_integer_that_is_not_exact_everywhere_becomes_text() -> None:
    payload = {"exact": 2**53, "large": 2**53 + 1, "list": [-(10**30)], "yes": True}

    check_payload(payload, limits=LIMITS)

    assert payload == {
        "exact": 2**53,
        "large": "9007199254740993",
        "list": ["-1000000000000000000000000000000"],
        "yes": True,
    }


@pytest.mark.parametrize(
    ("payload", "path", "message"),
    [
        ({"a": "x\x00"}, "a", "NUL"),
        ({"a": [1, {"b": "\x00"}]}, "a[1].b", "NUL"),
        ({"a": {"b\x00": 1}}, "a", "NUL"),
        ({"a": {"b": {"c": {}}}}, "a.b.c", "fewer levels"),
        ({"a": [[[]]]}, "a[0][0]", "fewer levels"),
        ({"a": {"b": 1, "c": 1, "d": [1]}, "e": 1, "f": 2}, "", "at most 5 properties, got 6"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_path(
    payload: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(RefusedPayload, match=message) as caught:
        check_payload(payload, limits=LIMITS)

    assert caught.value.path == path


def test_the_deepest_level_allowed_passes() -> None:
    check_payload({"a": {"b": {"c": 1}}}, limits=LIMITS)
