"""What the admin's screens have in common: the banner when the work is late, the age of figures."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from personalize.measure.faults import faults
from personalize.measure.freshness import freshness
from personalize.measure.health import pulse

register = template.Library()


@register.inclusion_tag("admin/personalize/late.html")
def late_banner() -> dict[str, Any]:
    """Say in red what keeps the figures of this page from being those of now; asks no database."""
    return {"faults": faults(pulse())}


@register.inclusion_tag("admin/personalize/freshness.html")
def computed(at: datetime | None, entry: str) -> dict[str, Any]:
    """Say when figures were computed, and when beat's `entry` does it next."""
    return {"fresh": freshness(at, entry=entry, now=timezone.now())}
