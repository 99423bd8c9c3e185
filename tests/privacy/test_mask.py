"""Masking what may identify a person."""

import pytest

from personalize.privacy.mask import HIDDEN, LONGEST, masked, masked_text


@pytest.mark.parametrize(
    "secret",
    [
        "ada@example.com",
        "ada.l+news@mail.example.co.uk",
        "192.168.10.20",
        "2001:db8:85a3::8a2e:370:7334",
        "+44 20 7946 0958",
        "(030) 1234 56789",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
    ],
)
def test_what_looks_personal_is_hidden_in_a_text_S20(secret):
    text = masked_text(f"before {secret} after")

    assert secret not in text
    assert not any(part in text for part in secret.split() if len(part) > 3)
    assert text.startswith("before ")
    assert text.endswith(" after")


@pytest.mark.parametrize("text", ["Product Viewed", "product 1234567", "12.5", "2026-11-23", "a:b"])
def test_what_does_not_look_personal_stays(text):
    assert masked_text(text) == text


def test_personal_keys_are_hidden_at_any_depth_and_the_shape_stays():
    value = {
        "traits": {"Email": "x", "plan": "gold", "tags": ["a@b.de", 1]},
        "userId": "",
        "n": None,
    }

    assert masked(value) == {
        "traits": {"Email": HIDDEN, "plan": "gold", "tags": [HIDDEN, 1]},
        "userId": "",
        "n": None,
    }


@pytest.mark.parametrize("length", [LONGEST + 1, 30_000])
def test_of_a_long_text_only_the_beginning_is_searched_and_shown(length):
    searched = []

    class Text(str):
        def __getitem__(self, key):
            piece = super().__getitem__(key)
            searched.append(len(piece))
            return piece

    shown = masked_text(Text("a" * length))

    assert searched == [LONGEST]
    assert len(shown) < LONGEST
    assert shown.endswith("…")


def test_an_address_that_the_cut_halves_is_not_shown():
    text = "x " * (LONGEST // 2 - 6) + "ada.lovelace@example.com"

    assert "ada" not in masked_text(text)


def test_an_address_as_long_as_the_standard_allows_is_hidden():
    assert masked_text(f"to {'a' * 64}@{'b' * 63}.{'c' * 63}.org now") == f"to {HIDDEN} now"
