"""What becomes of an event without a value: quarantine, a default, or one like those known."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from personalize.clean.draft import Draft, Refused
from personalize.clean.policy import Policies, Statistics
from personalize.events.declared import Declared, is_of_type
from personalize.events.event import Event

# Of what a visitor's event of a name last had under a property.
Known = Callable[[str], Any]


def fill_missing(draft: Draft) -> None:
    """Do as declared where a property is missing, null or an empty text.

    What was imputed is noted. Values from the visitor's own past are the next stage's to fill in
    (`impute_last`): a batch does not know it.

    Raises:
        Refused: names the property and what was expected.
    """
    for name, declared in draft.policy.missing:
        value = draft.properties.get(name)
        if declared.missing == "quarantine":
            _require(name, value, declared)
        elif not _is_missing(value) or (draft.is_foreign and name in draft.policy.money):
            continue
        elif declared.missing == "default":
            draft.put(name, declared.default, note=f"defaulted:{name}")
        else:
            _impute(draft, name, declared)


def impute_last(event: Event, *, policies: Policies, known: Known) -> Event:
    """Return the event with what its visitor's last event of the name had and this one lacks.

    `known` returns the value kept under a name of `known_of`, or None.
    """
    policy = policies.events.get(event.event)
    if policy is None or not policy.from_visitor:
        return event
    found: dict[str, Any] = {}
    for name in policy.from_visitor:
        if _is_missing(event.properties.get(name)):
            value = known(f"{event.event}.{name}")
            if value is not None:
                found[name] = value
    if not found:
        return event
    notes = [*event.notes, *(f"imputed:{name}:last" for name in found)]
    return replace(event, properties={**event.properties, **found}, notes=notes)


def known_of(event: Event, *, policies: Policies) -> Mapping[str, Any]:
    """Return what is to be kept of the event for `impute_last` of later ones, by name."""
    policy = policies.events.get(event.event)
    if policy is None or not policy.from_visitor:
        return {}
    return {
        f"{event.event}.{name}": value
        for name in policy.from_visitor
        if not _is_missing(value := event.properties.get(name))
    }


def _require(name: str, value: Any, declared: Declared) -> None:
    if not is_of_type(value, declared.type) or value == "":
        got = "nothing" if _is_missing(value) else f"{value!r}"[:100]
        raise Refused(f"properties.{name}: expected a {declared.type}, got {got}")


def _impute(draft: Draft, name: str, declared: Declared) -> None:
    if declared.impute == "last":
        return
    statistics = draft.policy.statistics.get(name, Statistics())
    value = statistics.median if declared.impute == "median" else statistics.mode
    if value is not None and is_of_type(value, declared.type):
        draft.put(name, value, note=f"imputed:{name}:{declared.impute}")


def _is_missing(value: Any) -> bool:
    return value is None or value == ""
