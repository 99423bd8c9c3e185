"""Hide what names a person in texts: e-mail addresses, telephone, card and account numbers.

Numbers of goods look alike, so card numbers must have a known beginning and length and the right
check digit (ISO/IEC 7812), accounts the right remainder (ISO 13616), telephone numbers their shape.
"""

import re
from collections.abc import Callable

MASK = "•••"

# Texts without any of these have nothing to hide; most have none.
_hint = re.compile(r"@|%40|[0-9](?:[ ()./-]{0,3}[0-9]){6}|[A-Z]{2}[0-9]{2}[ A-Z0-9]{10}")
_email = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_card = re.compile(r"(?<![\w.,+-])[2-6](?:[ -]?[0-9]){11,18}(?![\w,-])")
_iban = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_phone = re.compile(
    r"(?<![\w.+])(?:"
    r"\+[1-9](?:[ ()./-]{0,3}[0-9]){7,14}"  # +49 (0)171 123-4567
    r"|\(0?[1-9][0-9]{1,4}\)[ /-]?[0-9]{3,4}(?:[ -]?[0-9]{2,4}){1,3}"  # (555) 123-4567
    r"|0[1-9][0-9]{1,4}[ /][0-9]{3,}(?:[ -]?[0-9]{2,4}){0,3}"  # 0171 1234567
    r"|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}"  # 555-223-4567
    r")(?!\w)"
)
_LENGTHS = {"3": (14, 15), "4": (16, 19), "5": (16,), "2": (16,), "6": (16, 19)}


def without_personal(text: str, *, is_identifier: bool = False) -> str:
    """Return the text with what names a person masked.

    An identifier is a number that somebody gave to a thing: it is searched for no telephone number.

    >>> without_personal("write to jane@example.org")
    'write to •••'
    """
    if not _hint.search(text):
        return text
    text = _email.sub(MASK, text)
    text = _iban.sub(_masking(is_account), text)
    text = _card.sub(_masking(is_card), text)
    return text if is_identifier else _phone.sub(MASK, text)


def is_card(text: str) -> bool:
    """Whether the text is the number of a payment card."""
    digits = [int(each) for each in text if each in "0123456789"]
    if len(digits) not in _LENGTHS.get(text[0], ()):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_account(text: str) -> bool:
    """Whether the text is an International Bank Account Number."""
    plain = text.replace(" ", "")
    return 15 <= len(plain) <= 34 and int("".join(_base36(plain[4:] + plain[:4]))) % 97 == 1


def _base36(text: str) -> list[str]:
    return [str(int(letter, 36)) for letter in text]


def _masking(is_personal: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    return lambda found: MASK if is_personal(found[0]) else found[0]
