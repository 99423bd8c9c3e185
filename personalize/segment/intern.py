"""Behaviours become computed traits: equal ones, in whatever rule, share one row and one state."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from personalize.models.fields import RuleField
from personalize.models.trait import Trait
from personalize.rules.describe import describe_behaviour
from personalize.rules.syntax import Group, InvalidRule, behaviours, parse, to_json


def intern_behaviours(rule: Group) -> list[str]:
    """Create the traits that the rule needs and return their keys; existing ones stay."""
    asked = sorted(behaviours(rule), key=lambda behaviour: behaviour.key)
    rows = [
        Trait(
            key=behaviour.key,
            name=describe_behaviour(behaviour)[:200],
            kind=Trait.Kind.COMPUTED,
            behaviour=to_json(behaviour),
        )
        for behaviour in asked
    ]
    known = set(
        Trait.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)
    )
    created = [row for row in rows if row.key not in known]
    if created:
        # Two editors may save the same behaviour at once.
        Trait.objects.bulk_create(created, ignore_conflicts=True)
    return [row.key for row in rows]


def intern_on_save(sender: type[Model], instance: Model, raw: bool = False, **_: Any) -> None:
    """Receive a saved row and intern what its rules count; fixtures bring their own traits."""
    if raw:
        return
    for rule in _rules(instance):
        intern_behaviours(rule)


def _rules(row: Model) -> Iterable[Group]:
    for field in row._meta.concrete_fields:
        if isinstance(field, RuleField):
            try:
                yield parse(getattr(row, field.attname))
            except InvalidRule:  # validation told the editor; nothing can be counted for it
                continue
