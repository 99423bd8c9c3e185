"""All that a rule may be made of, in the editor's language: fields, events, operators, windows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.clean.load import declared_properties
from personalize.models import EventDefinition, Segment, Trait
from personalize.rules import phrases
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.fields import CONTEXT, SESSION, Kind
from personalize.rules.operators import OPERATORS, Shape
from personalize.segment.observed import Observed, Seen, observed

WINDOWS = ("session", "30m", "1h", "24h", "7d", "30d", "90d", "365d")
GROUPS = {
    "behaviour": _("What they did"),
    "segments": _("Segments"),
    "trait": _("Traits"),
    "context": _("This visit"),
    "session": _("This session"),
    "prediction": _("Predictions"),
}
# What a field holds, as the builder calls it; "list" is a trait with several values.
TYPES: Mapping[str, frozenset[Kind]] = {
    "text": frozenset({Kind.TEXT}),
    "number": frozenset({Kind.NUMBER}),
    "boolean": frozenset({Kind.BOOLEAN}),
    "segments": frozenset({Kind.SEGMENTS}),
    "any": frozenset({Kind.ANY}),
}
SEEN_TYPES = ("text", "number", "boolean", "list", "any")
NOTHING = Seen("any", [])
OF_LISTS = frozenset({"contains", "null"})  # and their negations: of a list others are false
ARITY = {Shape.NOTHING: 0, Shape.PAIR: 2, Shape.LIST: -1}  # any number of values


def catalogue() -> dict[str, Any]:
    """Return the catalogue as the builder reads it, with values that were seen lately."""
    seen = observed()
    return {
        "fields": _fields(seen),
        "events": _events(seen),
        "aggregates": [_aggregate(name) for name in AGGREGATES],
        "windows": [{"name": "", "label": gettext("ever")}, *map(_window, WINDOWS)],
        "operators": [
            {"name": name, "label": gettext(row.label), "arity": ARITY.get(row.shape, 1)}
            for name, row in OPERATORS.items()
        ],
        "operators_by_type": {name: operators_of(name) for name in (*TYPES, "list")},
        "segments": [
            {"name": slug, "label": name}
            for slug, name in Segment.objects.filter(is_live=True).values_list("slug", "name")
        ],
    }


def operators_of(field_type: str) -> list[str]:
    """Return the names of the operators that suit a type."""
    if field_type == "list":
        return [name for name, row in OPERATORS.items() if (row.negates or name) in OF_LISTS]
    return [name for name, row in OPERATORS.items() if TYPES[field_type] & row.kinds]


def _fields(seen: Observed) -> list[dict[str, Any]]:
    fields = [
        _field("behaviour", gettext("What they did"), "behaviour"),
        _field("segments", gettext("Segments"), "segments"),
    ]
    fields += [_seen_field(name, label, "any", seen) for name, label in _traits(seen).items()]
    for family, named in (("context", CONTEXT), ("session", SESSION)):
        for key, kind in named.items():
            name = f"{family}.{key}"
            fields.append(_seen_field(name, gettext(phrases.FIELDS[name]), str(kind), seen))
    return fields


def _seen_field(name: str, label: str, declared: str, seen: Observed) -> dict[str, Any]:
    # A session begins with a page, so its path is one of those that are seen.
    of = "context.path" if name == "session.entry_path" else name
    found = seen.fields.get(of, NOTHING)
    return _field(name, label, found.type if declared == "any" else declared, found.values)


def _field(name: str, label: str, field_type: str, values: Sequence[Any] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "group": str(GROUPS[name.partition(".")[0]]),
        "type": field_type,
        "operators": [] if field_type == "behaviour" else operators_of(field_type),
        "values": list(values),
    }


def _traits(seen: Observed) -> dict[str, str]:
    """Return the labels of the traits that visitors have, or that somebody has named."""
    named = Trait.objects.filter(kind=Trait.Kind.IDENTIFIED).values_list("key", "name")
    labels = {f"trait.{key}": name or key for key, name in named}
    prefix = "trait."
    found = {name: name.removeprefix(prefix) for name in seen.fields if name.startswith(prefix)}
    return dict(sorted({**found, **labels}.items(), key=lambda item: item[1].casefold()))


def _events(seen: Observed) -> list[dict[str, Any]]:
    """Return the events, those that happen most first, with the properties told or seen of them."""
    definitions = EventDefinition.objects.exclude(status=EventDefinition.Status.BLOCKED)
    of_event: dict[str, dict[str, Seen]] = {}
    for (event, name), found in seen.properties.items():
        of_event.setdefault(event, {})[name] = found
    return [
        {
            "name": definition.name,
            "label": definition.name,
            "properties": list(_properties(definition, of_event.get(definition.name, {}))),
        }
        for definition in definitions.order_by("-volume", "name")
    ]


def _properties(definition: EventDefinition, seen: Mapping[str, Seen]) -> Iterator[dict[str, Any]]:
    declared = {name: row.type for name, row in declared_properties(definition).items()}
    for name in [*declared, *sorted(seen.keys() - declared.keys())]:
        found = seen.get(name, NOTHING)
        told = declared.get(name, found.type)
        yield {"name": name, "type": told if told in SEEN_TYPES else "any", "values": found.values}


def _aggregate(name: str) -> dict[str, Any]:
    row = AGGREGATES[name]
    return {
        "name": name,
        "label": gettext(row.phrase).format(event="…", property="…"),
        "needs_property": row.needs_property,
        "type": str(row.kind),
        "operators": operators_of(str(row.kind)),
    }


def _window(name: str) -> dict[str, str]:
    if name == "session":
        return {"name": name, "label": gettext(phrases.THIS_SESSION)}
    one, many = phrases.WINDOWS[name[-1]]
    label = gettext(one if name[:-1] == "1" else many).format(count=name[:-1])
    return {"name": name, "label": label}
