"""Bring numbers to their declared units, and amounts of money to the site's currency.

A value says its unit in itself, `{"value": 3, "unit": "lb"}`, or beside it in `weight_unit`; money
in `currency`, else it is in the source's currency, else in the site's.
"""

from typing import Any

from personalize.clean.draft import Draft
from personalize.clean.types import coerce
from personalize.events.declared import is_of_type
from personalize.events.units import converted, exchanged

CURRENCY = "currency"


def convert_units(draft: Draft) -> None:
    """Give each number with a declared unit that unit; what cannot be converted is noted."""
    for name, wanted in draft.policy.units:
        beside = draft.properties.get(f"{name}_unit")
        value, given = _parted(draft.properties.get(name), beside)
        if value is not None and not is_of_type(value, "number"):
            continue
        if given not in ("", wanted):
            _convert(draft, name, value, given=given, wanted=wanted)
        elif value is not None and value is not draft.properties[name]:
            draft.put(name, value)


def _convert(draft: Draft, name: str, value: Any, *, given: str, wanted: str) -> None:
    result = converted(value or 0, given=given, wanted=wanted)
    if result is None:
        draft.note(f"unconverted:{name}:{given[:16]}")
        return
    if value is not None:
        draft.put(name, result, note=f"converted:{name}:{given}:{value}")
    if f"{name}_unit" in draft.properties:  # also for a value that is filled in later
        draft.put(f"{name}_unit", wanted)


def convert_money(draft: Draft) -> None:
    """Bring the amounts of an event to the site's currency, and say so in its `currency`.

    An event in a currency without a rate is left as it is: all of it, so that it stays one event in
    one currency.
    """
    site = draft.policies.currency
    if not draft.policy.money:
        return
    given = _code(draft.properties.get(CURRENCY)) or draft.source.currency or site
    _unwrap(draft)
    if given == site:
        return
    rate = draft.policies.rates.get(given)
    if rate is None:
        draft.is_foreign = True
        draft.note(f"unconverted:{CURRENCY}:{given[:16]}")
        return
    for name in (name for name in draft.policy.money if _has_number(draft, name)):
        _exchange(draft, name, given=given, rate=rate)
    draft.put(CURRENCY, site)  # also without an amount: one that is filled in later is in it


def _unwrap(draft: Draft) -> None:
    """Take amounts out of `{"value": 12.5, "currency": "USD"}`, each from its own currency."""
    site = draft.policies.currency
    shared = _code(draft.properties.get(CURRENCY)) or draft.source.currency or site
    for name in draft.policy.money:
        value = draft.properties.get(name)
        if "." in name or not isinstance(value, dict):
            continue
        amount, given = _parted(value, None)
        if not is_of_type(amount, "number"):
            draft.note(f"mistyped:{name}")
            continue
        given = _code(given) or shared
        rate = 1.0 if given == shared else _cross(draft, given=given, wanted=shared)
        result = exchanged(amount, rate=rate) if rate else None
        if result is None:
            draft.note(f"unconverted:{name}:{given[:16]}")
        elif given == shared:
            draft.put(name, amount)
        else:
            draft.put(name, result, note=f"converted:{name}:{given}:{amount}")


def _cross(draft: Draft, *, given: str, wanted: str) -> float | None:
    """Return how much of the wanted currency one of the given is worth."""
    rates = {**draft.policies.rates, draft.policies.currency: 1.0}
    if not rates.get(given) or not rates.get(wanted):
        return None
    return rates[given] / rates[wanted]


def _exchange(draft: Draft, name: str, *, given: str, rate: float) -> None:
    outer, _, inner = name.partition(".")
    value = draft.properties[outer]
    if inner:
        draft.put(outer, _members(value, inner, rate), note=f"converted:{name}:{given}")
        return
    result = exchanged(value, rate=rate)
    if result is not None:
        draft.put(name, result, note=f"converted:{name}:{given}:{value}")


def _members(value: Any, inner: str, rate: float) -> Any:
    if isinstance(value, list):
        return [_members(each, inner, rate) for each in value]
    if isinstance(value, dict) and is_of_type(value.get(inner), "number"):
        result = exchanged(value[inner], rate=rate)
        return value if result is None else {**value, inner: result}
    return value


def _has_number(draft: Draft, name: str) -> bool:
    outer, _, inner = name.partition(".")
    value = draft.properties.get(outer)
    if not inner:
        return is_of_type(value, "number")
    members = value if isinstance(value, list) else [value]
    return any(isinstance(each, dict) and is_of_type(each.get(inner), "number") for each in members)


def _parted(value: Any, beside: Any) -> tuple[Any, str]:
    """Return the number and the unit that it says it is in."""
    if not isinstance(value, dict):
        return value, beside if isinstance(beside, str) else ""
    unit = value.get("unit") or value.get(CURRENCY)
    number = value.get("value", value.get("amount"))
    if isinstance(number, str):
        number = coerce(number, "number")
    return number, unit if isinstance(unit, str) else ""


def _code(value: Any) -> str:
    return value.strip().upper() if isinstance(value, str) else ""
