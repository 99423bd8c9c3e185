"""Slots, variants and merge tags for djangocms-rest: stored for everyone, filled for each visitor.

djangocms-rest serialises every child of a plugin. Here they carry the markers of their holes, and
the middleware leaves of each slot what its visitor shall see. It needs `djangocms_rest` installed.
"""

from typing import Any

from djangocms_rest.serializers.plugins import GenericPluginSerializer, base_exclude
from rest_framework import serializers

from personalize.cms.models import MergeTag, PageSlot, PageVariant
from personalize.decide.candidates import milliseconds
from personalize.render.inplace import finished
from personalize.render.markers import SLOT, opening
from personalize.render.serialized import HOLE
from personalize.render.slots import is_filled_later, trait_markup, variant_marker


class SlotSerializer(GenericPluginSerializer):
    """A slot; without the middleware it has no variants, so that none gets out."""

    class Meta:
        model = PageSlot
        fields = ("id", "plugin_type", "name", "key")

    def to_representation(self, instance: PageSlot) -> dict[str, Any]:
        """Add the hole."""
        told: dict[str, Any] = super().to_representation(instance)
        if getattr(self.request, "_preview_mode", False):
            self.request._request.personalize_preview = True  # no exposure
        if is_filled_later(self.request):
            return {**told, HOLE: opening(SLOT, {"k": instance.key})}
        instance.child_plugin_instances = [
            child
            for child in instance.child_plugin_instances or []
            if not isinstance(child, PageVariant)
        ]
        return told


class VariantSerializer(GenericPluginSerializer):
    """A variant: nothing but its hole, which never leaves the site."""

    class Meta:
        model = PageVariant
        fields = ("plugin_type",)

    def to_representation(self, instance: PageVariant) -> dict[str, Any]:
        """Add the hole."""
        marker = variant_marker(
            str(instance.uuid),
            rule=instance.rule,
            priority=instance.priority,
            starts_at=milliseconds(instance.starts_at),
            ends_at=milliseconds(instance.ends_at),
            group=instance.group,
        )
        return {**super().to_representation(instance), HOLE: marker}


class MergeTagSerializer(GenericPluginSerializer):
    """A merge tag: its text, filled in."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = MergeTag
        exclude = tuple(base_exclude)

    def get_text(self, tag: MergeTag) -> str:
        """Return the hole in the text's place."""
        markup = trait_markup(tag.trait, default=tag.fallback)
        return str(finished(markup, request=self.request, may_decide=False))
