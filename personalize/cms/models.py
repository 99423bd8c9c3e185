"""The plugins' models: a slot in a page, and the variants that editors put into it."""

import uuid
from secrets import token_hex
from typing import Any

from cms.models import CMSPlugin
from cms.toolbar.utils import get_object_edit_url, get_object_preview_url
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.decide.candidates import audience_rule
from personalize.models.fields import RuleField, SegmentsField, TraitKeyField, group_field
from personalize.models.slot import SLOT_KEY

CLIPBOARD = "clipboard"  # the placeholder of what an editor has copied


def random_key() -> str:
    """Return a slot key that no other page uses."""
    return f"page-{token_hex(4)}"


def is_copy_beside(plugin: CMSPlugin, **same: Any) -> bool:
    """Return whether another plugin of its kind in the same placeholder has these values.

    A published version and its next draft have placeholders of their own, so they keep the values;
    what an editor copies and pastes within a page does not.
    """
    beside = type(plugin).objects.filter(
        placeholder_id=plugin.placeholder_id, language=plugin.language, **same
    )
    return bool(beside.exclude(pk=plugin.pk).exists())


class PlacedPlugin(CMSPlugin):
    """What names segments or traits in a version of a page, or of whatever has placeholders."""

    class Meta:
        abstract = True

    def place(self) -> str:
        """Return the name of the page."""
        return str(self.placeholder.source or "")

    def place_url(self) -> str:
        """Return where the draft is edited, or the published version looked at."""
        source = self.placeholder.source
        if source is None:
            return ""
        is_draft = _state(source) in ("", "draft")
        address = get_object_edit_url if is_draft else get_object_preview_url
        return str(address(source, self.language))

    def is_current(self) -> bool:
        """Return whether its version is published or a draft; what was copied is neither."""
        is_copied = self.placeholder.slot == CLIPBOARD
        return not is_copied and _state(self.placeholder.source) in ("", "draft", "published")


class PageSlot(CMSPlugin):
    """A place in a page that can vary: its variants are child plugins, all else is the default."""

    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(
        _("key"),
        max_length=100,
        default=random_key,
        validators=[SLOT_KEY],
        help_text=_(
            "How reports and experiments name the slot. The same in every version of the page."
        ),
    )

    class Meta:
        verbose_name = _("slot in a page")
        verbose_name_plural = _("slots in pages")

    def __str__(self) -> str:
        return str(self.name)

    def copy_relations(self, old_instance: "PageSlot") -> None:
        """Give a slot that was pasted beside its original a key of its own."""
        if is_copy_beside(self, key=self.key):
            self.key = random_key()
            self.save(update_fields=["key"])


class PageVariant(PlacedPlugin):
    """Alternative content for the slot around it: its child plugins, for an audience."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    segments = SegmentsField(_("segments"), help_text=_("Visitors in any of these see it."))
    audience = RuleField(
        _("audience"),
        help_text=_("A rule that must hold as well. With neither, everybody sees the variant."),
    )
    priority = models.SmallIntegerField(
        _("priority"),
        default=100,
        help_text=_("Of the variants that match, the lowest number wins."),
    )
    group = group_field()
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        verbose_name = _("variant in a page")
        verbose_name_plural = _("variants in pages")

    def __str__(self) -> str:
        return str(self.name)

    @property
    def rule(self) -> dict[str, Any]:
        """The whole audience as one rule: in any of the segments, and the rule holds."""
        return audience_rule(rule=self.audience, in_segments=self.segments)

    def clean(self) -> None:
        """Refuse a schedule that ends before it starts."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("Expected a time after the start.")})

    def copy_relations(self, old_instance: "PageVariant") -> None:
        """Give a variant that was pasted beside its original an identity of its own."""
        if is_copy_beside(self, uuid=self.uuid):
            self.uuid = uuid.uuid4()
            self.save(update_fields=["uuid"])


class MergeTag(PlacedPlugin):
    """A visitor's trait within a text, or what stands there for everyone else."""

    trait = TraitKeyField(_("trait"), max_length=64)
    fallback = models.CharField(
        _("fallback"),
        max_length=200,
        blank=True,
        help_text=_("For visitors of whom the trait is not known."),
    )

    class Meta:
        verbose_name = _("merge tag")
        verbose_name_plural = _("merge tags")

    def __str__(self) -> str:
        return f"{self.trait} | {self.fallback}" if self.fallback else str(self.trait)


def _state(source: Any) -> str:
    """Return the state of the version; empty for what has no versions."""
    versions = getattr(source, "versions", None)
    version = versions.first() if versions is not None else None
    return str(version.state) if version else ""
