"""The plugins: a slot, and the variants in it."""

from typing import Any

from cms.constants import EXPIRE_NOW
from cms.models import PageContent, Placeholder
from cms.plugin_base import CMSPluginBase
from cms.plugin_pool import plugin_pool
from cms.toolbar.utils import get_toolbar_from_request
from django.http import HttpRequest
from django.template.context import Context
from django.utils.translation import gettext_lazy as _

from personalize.cms.forms import PageVariantForm
from personalize.cms.models import PageSlot, PageVariant
from personalize.render.slots import is_filled_later
from personalize.rules.describe import describe
from personalize.rules.syntax import InvalidRule, parse


class PersonalizePlugin(CMSPluginBase):
    """What the plugins share: children, and another look in the editor."""

    module = _("Personalization")
    allow_children = True

    def render(self, context: Context, instance: Any, placeholder: str) -> Context:
        """Tell the template whether an editor is at work."""
        context = super().render(context, instance, placeholder)
        toolbar = get_toolbar_from_request(context["request"])
        context["is_editing"] = toolbar.edit_mode_active
        if toolbar.edit_mode_active or toolbar.preview_mode_active:
            context["request"].personalize_preview = True  # an editor's look is no exposure
        return context


@plugin_pool.register_plugin
class SlotPlugin(PersonalizePlugin):
    """A place that can vary: children that are no variants are what everyone else sees."""

    model = PageSlot
    name = _("Slot")
    fields = ("name", "key")

    def get_render_template(self, context: Context, instance: PageSlot, placeholder: str) -> str:
        """Show all to editors, holes to the middleware, and without it what no cache can leak."""
        if context["is_editing"]:
            return "personalize/cms/slot_edit.html"
        if is_filled_later(context["request"]) or _is_pages_own(instance.placeholder):
            return "personalize/cms/slot.html"
        return "personalize/cms/slot_default.html"

    def get_cache_expiration(
        self, request: HttpRequest, instance: PageSlot, placeholder: Placeholder
    ) -> int | None:
        """Keep what was decided in place out of the page and placeholder caches."""
        return None if is_filled_later(request) else EXPIRE_NOW


@plugin_pool.register_plugin
class VariantPlugin(PersonalizePlugin):
    """Alternative content for the slot around it."""

    model = PageVariant
    form = PageVariantForm
    name = _("Variant")
    require_parent = True
    parent_classes = ("SlotPlugin",)

    def render(self, context: Context, instance: PageVariant, placeholder: str) -> Context:
        """Add the audience in words, for editors."""
        context = super().render(context, instance, placeholder)
        if context["is_editing"]:
            context["audience"] = _described(instance)
        return context

    def get_render_template(self, context: Context, instance: PageVariant, placeholder: str) -> str:
        """Show a badge to editors, a marked variant to the slot."""
        kind = "variant_edit" if context["is_editing"] else "variant"
        return f"personalize/cms/{kind}.html"


def _is_pages_own(placeholder: Placeholder) -> bool:
    """Return whether the placeholder is the page's own: an alias is stored by who embeds it."""
    content_type = placeholder.content_type
    return content_type is not None and content_type.model_class() is PageContent


def _described(variant: PageVariant) -> str:
    try:
        return describe(parse(variant.rule))
    except InvalidRule as error:
        return str(error)
