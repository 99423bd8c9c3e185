"""All that a rule may be made of, in the editor's language: fields, events, operators, windows."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.clean.load import declared_properties
from personalize.models import EventDefinition, Segment, Trait
from personalize.rules import phrases
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.fields import CONTEXT, SESSION, Kind
from personalize.rules.operators import OPERATORS, Shape

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
OF_LISTS = ("contains", "doesNotContain", "null", "notNull")
ARITY = {Shape.NOTHING: 0, Shape.PAIR: 2, Shape.LIST: -1}  # any number of values


def catalogue() -> dict[str, Any]:
    """Return the catalogue as the builder reads it."""
    segments = [
        {"name": slug, "label": name}
        for slug, name in Segment.objects.filter(is_live=True).values_list("slug", "name")
    ]
    return {
        "fields": _fields(),
        "events": _events(),
        "aggregates": [
            {
                "name": name,
                "label": _label_of(name),
                "needs_property": row.needs_property,
                "type": str(row.kind),
                "operators": operators_of(str(row.kind)),
            }
            for name, row in AGGREGATES.items()
        ],
        "windows": [{"name": "", "label": gettext("ever")}, *map(_window, WINDOWS)],
        "operators": [
            {"name": name, "label": gettext(row.label), "arity": ARITY.get(row.shape, 1)}
            for name, row in OPERATORS.items()
        ],
        "operators_by_type": {name: operators_of(name) for name in (*TYPES, "list")},
        "segments": segments,
    }


def operators_of(field_type: str) -> list[str]:
    """Return the names of the operators that suit a type."""
    if field_type == "list":
        return list(OF_LISTS)
    return [name for name, row in OPERATORS.items() if TYPES[field_type] & row.kinds]


def _field(name: str, label: str, field_type: str) -> dict[str, Any]:
    group = str(GROUPS[name.partition(".")[0]])
    operators = [] if field_type == "behaviour" else operators_of(field_type)
    return {
        "name": name,
        "label": label,
        "group": group,
        "type": field_type,
        "operators": operators,
        "values": [],
    }


def _fields() -> list[dict[str, Any]]:
    fields = [
        _field("behaviour", gettext("Behaviour"), "behaviour"),
        _field("segments", gettext("Segments"), "segments"),
    ]
    identified = Trait.objects.filter(kind=Trait.Kind.IDENTIFIED).values_list("key", "name")
    fields += [_field(f"trait.{key}", name or key, "any") for key, name in identified]
    for family, named in (("context", CONTEXT), ("session", SESSION)):
        for name, kind in named.items():
            label = gettext(phrases.FIELDS[f"{family}.{name}"])
            fields.append(_field(f"{family}.{name}", label, str(kind)))
    return fields


def _events() -> list[dict[str, Any]]:
    definitions = EventDefinition.objects.exclude(status=EventDefinition.Status.BLOCKED)
    return [
        {
            "name": definition.name,
            "label": definition.name,
            "properties": [
                {"name": name, "type": declared.type, "values": []}
                for name, declared in declared_properties(definition).items()
            ],
        }
        for definition in definitions
    ]


def _label_of(aggregate: str) -> str:
    return gettext(AGGREGATES[aggregate].phrase).format(event="…", property="…")


def _window(name: str) -> dict[str, str]:
    if name == "session":
        return {"name": name, "label": gettext(phrases.THIS_SESSION)}
    one, many = phrases.WINDOWS[name[-1]]
    label = gettext(one if name[:-1] == "1" else many).format(count=name[:-1])
    return {"name": name, "label": label}
