"""Behaviours become computed traits: equal ones, in whatever rule, share one row and one state."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Model

from personalize.logs import told
from personalize.models.fields import RuleField
from personalize.models.trait import Trait
from personalize.profile.store import configuration_changed
from personalize.rules.aggregates import window_minutes
from personalize.rules.describe import describe_behaviour
from personalize.rules.syntax import Behaviour, Group, InvalidRule, behaviours, parse, to_json

logger = logging.getLogger(__name__)


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


def intern_on_render(rule: Any) -> None:
    """Intern what a rule in a template counts: once a process, because nobody saves it.

    A rule with faults is left to who evaluates it, and a page does not fail for a count.
    """
    try:
        _intern_once(json.dumps(rule, sort_keys=True))
    except (InvalidRule, TypeError, ValueError):
        return
    except DatabaseError as error:
        logger.error("What a rule in a template counts is not written down: %s", told(error))


def counted_since(rule: Group) -> dict[Behaviour, datetime | None]:
    """Return since when each behaviour of the rule is counted; None: not before it is saved."""
    asked = sorted(behaviours(rule), key=lambda behaviour: behaviour.key)
    live = Trait.objects.filter(key__in=[behaviour.key for behaviour in asked], is_live=True)
    since = dict(live.values_list("key", "created_at"))
    return {behaviour: since.get(behaviour.key) for behaviour in asked}


def backfilled(rule: Group) -> set[Behaviour]:
    """Return the rule's behaviours of which what was before is counted too, out of the lake."""
    asked = {behaviour.key: behaviour for behaviour in behaviours(rule)}
    whole = Trait.objects.filter(key__in=asked, is_live=True, backfilled_at__isnull=False)
    return {asked[key] for key in whole.values_list("key", flat=True)}


def lacking_past(rule: Group, *, now: datetime) -> dict[Behaviour, datetime | None]:
    """Return, of the rule's behaviours, those whose window began before they were counted."""
    whole = backfilled(rule)
    return {
        behaviour: since
        for behaviour, since in counted_since(rule).items()
        if behaviour not in whole
        and (since is None or _reaches_before(since, behaviour.window, now))
    }


def _reaches_before(since: datetime, window: str | None, now: datetime) -> bool:
    """Tell whether the window has a part that was not counted; a session is too short to."""
    if window is None:
        return True
    return window != "session" and since > now - timedelta(minutes=window_minutes(window))


@lru_cache(maxsize=1_024)
def _intern_once(text: str) -> None:
    rule = parse(json.loads(text))
    if None in counted_since(rule).values():
        with transaction.atomic():
            intern_behaviours(rule)
            configuration_changed()  # workers count a new trait from when they learn of it


def _rules(row: Model) -> Iterable[Group]:
    for field in row._meta.concrete_fields:
        if isinstance(field, RuleField):
            try:
                yield parse(getattr(row, field.attname))
            except InvalidRule:  # validation told the editor; nothing can be counted for it
                continue
