"""Pages of django CMS for tests: on a template of their own, published through versioning."""

import copy
from typing import Any

from cms.api import add_plugin, create_page
from cms.models import CMSPlugin, Page, PageContent, Placeholder
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractUser
from djangocms_versioning.models import Version

from personalize.cms.models import PageSlot

FROM_BERLIN = {"field": "trait.city", "operator": "=", "value": "Berlin"}
FROM_ROME = {"field": "trait.city", "operator": "=", "value": "Rome"}


def plain_templates() -> list[dict[str, Any]]:
    """Return TEMPLATES with those of the tests before the site's."""
    templates = copy.deepcopy(django_settings.TEMPLATES)
    templates[0]["DIRS"].insert(0, django_settings.BASE_DIR / "tests" / "templates")
    return templates


def new_page(editor: AbstractUser, *, title: str = "Home", **fields: Any) -> Page:
    """Return an unpublished page."""
    fields = {"language": "en", "template": "plain.html", "created_by": editor, **fields}
    return create_page(title, **fields)


def content_of(page: Page, *, language: str = "en") -> PageContent:
    """Return the newest version's content."""
    return PageContent.admin_manager.filter(page=page, language=language).latest("pk")


def placeholder_of(content: Any) -> Placeholder:
    """Return the placeholder that editors fill."""
    return content.rescan_placeholders()["content"]


def publish(content: Any, editor: AbstractUser) -> None:
    """Publish a version, as its button does."""
    Version.objects.get_for_content(content).publish(editor)


def add_text(placeholder: Placeholder, text: str, *, target: CMSPlugin | None = None) -> CMSPlugin:
    """Add a text plugin."""
    return add_plugin(placeholder, "TextPlugin", "en", target=target, body=f"<p>{text}</p>")


def add_variant(slot: PageSlot, name: str, rule: Any, text: str, **fields: Any) -> CMSPlugin:
    """Add a variant that shows a text."""
    variant = add_plugin(
        slot.placeholder, "VariantPlugin", "en", target=slot, name=name, audience=rule, **fields
    )
    add_text(slot.placeholder, text, target=variant)
    return variant


def add_slot(placeholder: Placeholder, key: str, text: str) -> PageSlot:
    """Add a slot with a default."""
    slot = add_plugin(placeholder, "SlotPlugin", "en", name=key.title(), key=key)
    add_text(placeholder, text, target=slot)
    return slot


def add_city_slot(placeholder: Placeholder, key: str = "hero") -> PageSlot:
    """Add the slot of most tests: a default, one variant for Berlin, one for Rome."""
    slot = add_slot(placeholder, key, f"{key} for everyone")
    add_variant(slot, "Berlin", FROM_BERLIN, f"{key} for Berlin")
    add_variant(slot, "Rome", FROM_ROME, f"{key} for Rome")
    return slot
