"""The policies as the database and the settings have them, compiled."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from personalize.clean.policy import (
    EventPolicy,
    Policies,
    SourcePolicy,
    Statistics,
    compile_event,
)
from personalize.conf import settings
from personalize.events.declared import Declared, declare
from personalize.models.cleaning import CleaningPolicy, PropertyStatistics
from personalize.models.event_definition import EventDefinition

log = logging.getLogger(__name__)

COPIED = (
    "fingerprint_seconds", "bot_threshold", "visitor_events_a_minute", "clicks_in_ten_seconds",
    "products_a_minute", "network_events_a_minute", "currency", "masks_personal",
)  # fmt: skip


def load_policies() -> Policies:
    """Return what cleaning goes by: three queries, once a version of the configuration."""
    conf = settings()
    allowed = frozenset(conf.URL_QUERY_ALLOWED)
    return Policies(
        sources={row.source: _source(row, allowed) for row in CleaningPolicy.objects.all()},
        events=_events(is_converting=bool(conf.CURRENCY)),
        currency=conf.CURRENCY,
        rates=conf.RATES,
        default=SourcePolicy(url_query_allowed=allowed),
    )


def declared_properties(definition: EventDefinition) -> dict[str, Declared]:
    """Return what the registry declares; what it does not understand is left out."""
    declared: dict[str, Declared] = {}
    if not isinstance(definition.properties, Mapping):
        return declared
    for name, given in definition.properties.items():
        try:
            declared[name] = declare(given)
        except msgspec.ValidationError as error:  # a row from before the registry checked it
            log.warning("%s: %s is not declared well: %s", definition.name, name, error)
    return declared


def _source(row: CleaningPolicy, allowed: frozenset[str]) -> SourcePolicy:
    copied: dict[str, Any] = {name: getattr(row, name) for name in COPIED}
    return SourcePolicy(url_query_allowed=allowed.union(row.url_query_allowed), **copied)


def _events(*, is_converting: bool) -> dict[str, EventPolicy]:
    statistics = _statistics()
    policies = {
        definition.name: compile_event(
            declared_properties(definition),
            statistics=statistics.get(definition.name, {}),
            is_converting=is_converting,
        )
        for definition in EventDefinition.objects.exclude(properties={})
    }
    return {name: policy for name, policy in policies.items() if not policy.is_idle}


def _statistics() -> dict[str, dict[str, Statistics]]:
    found: dict[str, dict[str, Statistics]] = {}
    for row in PropertyStatistics.objects.all():
        kept = Statistics(row.count, row.nulls, row.median, row.mad, row.mode)
        found.setdefault(row.event, {})[row.property] = kept
    return found
