"""What follows from a change: caches that must go, traits and slots that must exist."""

from typing import Any

from cms.cache import invalidate_cms_page_cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from personalize.cms.models import PageSlot, PageVariant
from personalize.models import Slot, Variant
from personalize.profile.store import configuration_changed
from personalize.segment.intern import intern_on_save


def connect() -> None:
    """Connect the receivers, once, when the app is ready."""
    for signal in (post_save, post_delete):
        signal.connect(renew_pages, sender=Variant, dispatch_uid="personalize.cms.renew_pages")
    post_save.connect(intern_on_save, sender=PageVariant, dispatch_uid="personalize.cms.intern")
    # Workers count a new trait from when they learn of it.
    post_save.connect(
        configuration_changed, sender=PageVariant, dispatch_uid="personalize.cms.plan"
    )
    post_save.connect(list_slot, sender=PageSlot, dispatch_uid="personalize.cms.list_slot")


def renew_pages(**_: Any) -> None:
    """Let pages be stored anew with the new content; until then the middleware renders it."""
    transaction.on_commit(invalidate_cms_page_cache)


def list_slot(instance: PageSlot, raw: bool = False, **_: Any) -> None:
    """Make the slot known to the admin, where experiments and further variants refer to it."""
    if not raw:
        Slot.objects.get_or_create(key=instance.key, defaults={"name": instance.name})
