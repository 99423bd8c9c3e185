"""How far a site has come from nothing to a page that is personalised and measured: facts alone."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BooleanField, Exists, ExpressionWrapper, Q
from redis.exceptions import RedisError

from personalize.connections import collect_redis
from personalize.keys import ACCEPTED
from personalize.measure.tally import EVENTS, parsed, tally_keys
from personalize.models import Segment, Showing, Tally, Variant

PREVIEWS = "previews"  # the metric that counts how often somebody began to view as a visitor


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What there is; each field is one step, in the order of the way."""

    is_sent: bool  # the endpoint has taken an event
    is_known: bool  # an event has reached a profile
    has_segment: bool
    has_variant: bool
    is_previewed: bool
    is_shown: bool  # a visitor got a variant, and it was counted

    @property
    def number(self) -> int:
        """How many of the steps are done."""
        return sum(getattr(self, field.name) for field in fields(self))


def first_steps(user_pk: Any) -> FirstSteps:
    """Return how far the site is, with one query, and Redis asked while no event is counted."""
    has_variant = Q(Exists(Variant.objects.filter(is_live=True)))
    shown = Exists(Showing.objects.exclude(variant=""))
    # One row is needed to hang the questions on: that of whoever asks.
    asker = get_user_model()._default_manager.filter(pk=user_pk)
    found = asker.values_list(
        Exists(Tally.objects.filter(metric=ACCEPTED)),
        Exists(Tally.objects.filter(metric=EVENTS)),
        Exists(Segment.objects.filter(is_live=True)),
        ExpressionWrapper(has_variant | Q(shown), output_field=BooleanField()),
        Exists(Tally.objects.filter(metric=PREVIEWS)),
        shown,
    ).get()
    is_sent, is_known, *others = map(bool, found)
    if not is_known:
        names = gathered_names()
        is_sent, is_known = is_sent or ACCEPTED in names, EVENTS in names
    return FirstSteps(is_sent or is_known, is_known, *others)


def gathered_names() -> dict[str, list[str]]:
    """Return the keys by metric of what Redis has counted and the database does not have yet."""
    pipeline = collect_redis().pipeline(transaction=False)
    for key in tally_keys():
        pipeline.hkeys(key)
    names: dict[str, list[str]] = {}
    try:
        gathered: Any = pipeline.execute()
    except RedisError:
        return {}
    for field in (field for counts in gathered for field in counts if field != b"sequence"):
        _hour, metric, key = parsed(field.decode())
        names.setdefault(metric, []).append(key)
    return names


def first_event() -> str | None:
    """Return the name of an event that reached a profile, or None while there was none."""
    known = Tally.objects.filter(metric=EVENTS).values_list("key", flat=True).first()
    if known is not None:
        return known
    return next(iter(gathered_names().get(EVENTS, ())), None)


def note_preview(*, now: datetime) -> None:
    """Count that somebody began to view pages as a visitor."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    Tally.objects.add({(hour, PREVIEWS, ""): 1})
