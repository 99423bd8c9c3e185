"""What names a person in a text, and what only looks alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.clean.personal import is_account, is_card, without_personal


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to jane.doe+x@mail.example.org now", "write to ••• now"),
        ("jane%40example.org", "•••"),
        ("card 4111 1111 1111 1111 please", "card ••• please"),
        ("378282246310005", "•••"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN •••"),
        ("GB82WEST12345698765432", "•••"),
        ("call +49 (0)171 123-4567", "call •••"),
        ("(555) 123-4567", "•••"),
        ("0171 1234567", "•••"),
        ("555-223-4567", "•••"),
    ],
)
def test_what_names_a_person_is_masked(text, left):
    assert without_personal(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "a red shoe",
        "4006381333931",  # the number of an article (EAN-13)
        "978-3-16-148410-0",  # of a book
        "4111 1111 1111 1112",  # of no card: the check digit is wrong
        "GB00WEST12345698765432",
        "2026-11-23T16:28:30Z",
        "1700000000000",
        "10.0.0.1",
        "@jane",
        "3.14159265358979",
        "0123456789abcdef0123456789abcdef",
        "de305d54-75b4-431b-adb2-eb6b9e546014",
    ],
)
def test_what_only_looks_alike_is_left(text):
    assert without_personal(text) == text


def test_an_identifier_is_no_telephone_number():
    assert without_personal("0171 1234567", is_identifier=True) == "0171 1234567"
    assert without_personal("jane@example.org", is_identifier=True) == "•••"


def test_check_digits_tell_cards_and_accounts():
    assert is_card("5555555555554444")
    assert not is_card("5555555555554445")
    assert is_account("DE89 3704 0044 0532 0130 00")
    assert not is_account("DE88 3704 0044 0532 0130 00")


@given(st.text(alphabet="0123456789 +-()@.aZ", max_size=60))
def test_any_text_is_read_and_none_grows_beyond_its_masks(text):
    assert len(without_personal(text)) <= len(text) + 3
