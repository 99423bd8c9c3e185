"""Load the demo's segments, and the slots and variants of its templates."""

import json
from typing import Any

from django.utils.translation import gettext_noop

from cms_project.demo.catalogue import TEXTS
from personalize.models import EventDefinition, Segment, Slot, Variant


def load_segments() -> dict[str, int]:
    """Create the segments that are missing."""
    for texts in _read("audiences.json"):
        fields = {key: texts[key] for key in ("name", "description", "rule")}
        Segment.objects.get_or_create(slug=texts["slug"], defaults=fields)
    return {"segments": Segment.objects.count()}


def load_variants() -> dict[str, int]:
    """Create the slots that are missing, with their variants."""
    for texts in _read("variants.json"):
        slot, is_new = Slot.objects.get_or_create(
            key=texts["key"], defaults={"name": texts["name"]}
        )
        if is_new:
            for fields in texts["variants"]:
                Variant.objects.create(slot=slot, is_live=True, **fields)
    return {"slots": Slot.objects.count(), "variants": Variant.objects.count()}


def adopt_events() -> dict[str, int]:
    """Declare the one event of the site that is not a standard one."""
    EventDefinition.objects.update_or_create(
        name="Article Viewed",
        defaults={
            "description": gettext_noop("A story was opened."),
            "status": EventDefinition.Status.ADOPTED,
            "properties": {
                "content_id": {"type": "text", "required": True},
                "title": {"type": "text"},
                "topic": {"type": "text", "required": True},
            },
        },
    )
    return {}


def _read(name: str) -> list[dict[str, Any]]:
    texts: list[dict[str, Any]] = json.loads((TEXTS / name).read_text(encoding="utf-8"))
    return texts
