"""What editors do to a page's plugins: put one into a slot, copy the default, order variants."""

from collections.abc import Sequence

from cms.api import add_plugin
from cms.models import CMSPlugin
from cms.plugin_base import CMSPluginBase
from cms.plugin_pool import plugin_pool
from cms.utils.plugins import copy_plugins_to_placeholder
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from personalize.cms.models import PageSlot, PageVariant

SLOT, VARIANT = "SlotPlugin", "VariantPlugin"
STEP = 10  # between priorities, so that one can be put between two by hand


def may_change(user: object, plugin: CMSPlugin) -> bool:
    """Return whether the person may change what stands in the plugin's place."""
    placeholder = plugin.placeholder
    return bool(
        placeholder.has_change_plugin_permission(user, plugin)
        and placeholder.has_add_plugins_permission(
            user, [CMSPlugin(plugin_type=SLOT), CMSPlugin(plugin_type=VARIANT)]
        )
    )


def fits_a_slot(plugin: CMSPlugin) -> bool:
    """Return whether the plugin may stand in a slot, and a slot where the plugin stands."""
    if plugin.plugin_type in (SLOT, VARIANT):
        return False
    parents = _class_of(plugin).get_parent_classes(plugin.placeholder.slot, instance=plugin)
    if parents and SLOT not in parents:
        return False
    if plugin.parent is None:
        return any(
            found.__name__ == SLOT for found in plugin_pool.get_root_plugins(plugin.placeholder)
        )
    parent = _class_of(plugin.parent)
    if parent.disable_child_plugins or not parent.allow_children:
        return False
    bound = plugin.parent.get_bound_plugin()
    return SLOT in parent.get_child_classes(plugin.placeholder.slot, instance=bound)


def put_into_slot(plugin: CMSPlugin) -> PageSlot:
    """Put a slot where the plugin stands, and the plugin into it, as the default."""
    placeholder = plugin.placeholder
    slot: PageSlot = add_plugin(
        placeholder,
        SLOT,
        plugin.language,
        position="left",
        target=plugin,
        name=_name_after(plugin),
    )
    moved = CMSPlugin.objects.get(pk=plugin.pk)
    placeholder.move_plugin(moved, target_position=slot.position + 1, target_plugin=slot)
    placeholder.clear_cache(plugin.language)
    slot.refresh_from_db()
    return slot


def copy_default(variant: PageVariant) -> None:
    """Give the variant a deep copy of what its slot shows by default."""
    children = CMSPlugin.objects.filter(parent_id=variant.parent_id).exclude(plugin_type=VARIANT)
    plugins = [
        plugin
        for child in children.order_by("position")
        for plugin in (child, *child.get_descendants())
    ]
    if plugins:
        copy_plugins_to_placeholder(plugins, variant.placeholder, root_plugin=variant)


def variants_of(slot: CMSPlugin) -> list[PageVariant]:
    """Return the slot's variants in the order in which they are tried."""
    return list(PageVariant.objects.filter(parent_id=slot.pk).order_by("priority", "position"))


def next_priority(slot: CMSPlugin) -> int:
    """Return a priority after those of the slot's variants."""
    known = [variant.priority for variant in variants_of(slot)]
    return max(known) + STEP if known else int(PageVariant._meta.get_field("priority").default)


def order_variants(slot: PageSlot, order: Sequence[int]) -> list[PageVariant]:
    """Let the variants be tried in the order of these keys; return them with their new priorities.

    Raises:
        ValueError: the keys are not those of the slot's variants.
    """
    variants = {variant.pk: variant for variant in variants_of(slot)}
    if sorted(order) != sorted(variants):
        raise ValueError(f"expected the keys {sorted(variants)} in another order")
    ordered = [variants[key] for key in order]
    for number, variant in enumerate(ordered, 1):
        variant.priority = number * STEP
    PageVariant.objects.bulk_update(ordered, ["priority"])
    slot.placeholder.clear_cache(slot.language)
    return ordered


def _class_of(plugin: CMSPlugin) -> type[CMSPluginBase]:
    found: type[CMSPluginBase] = plugin_pool.get_plugin(plugin.plugin_type)
    return found


def _name_after(plugin: CMSPlugin) -> str:
    """Return a name for the slot around the plugin, which the editor may change."""
    bound = plugin.get_bound_plugin()
    label = " ".join(filter(None, (str(bound.get_plugin_name()), bound.get_short_description())))
    return Truncator(label.strip() or _("Slot")).chars(60)
