"""The plugins: a slot, the variants in it, and merge tags in texts."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

from cms.constants import EXPIRE_NOW
from cms.models import CMSPlugin, PageContent, Placeholder
from cms.plugin_base import CMSPluginBase, PluginMenuItem
from cms.plugin_pool import plugin_pool
from cms.toolbar.utils import get_toolbar_from_request
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.context import Context
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from personalize.cms import editor
from personalize.cms.editing import copy_default, next_priority, variants_of
from personalize.cms.forms import MergeTagForm, PageVariantForm
from personalize.cms.models import MergeTag, PageSlot, PageVariant
from personalize.cms.previewed import shown_in
from personalize.measure.shown import shares
from personalize.render.inplace import finished
from personalize.render.slots import is_filled_later, trait_markup
from personalize.rules.describe import Names, describe
from personalize.rules.syntax import InvalidRule, parse
from personalize.segment.names import editors_names

WHEN = ("starts_at", "ends_at", "priority", "group")


class Serializer:
    """The class of `personalize.cms.rest` with this name, or nothing without djangocms-rest.

    It is imported when it is asked for: plugins are found before django CMS is ready for it.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if find_spec("djangocms_rest") is None:
            return None
        return getattr(import_module("personalize.cms.rest"), self.name)


class PersonalizePlugin(CMSPluginBase):
    """What the plugins share: children, and another look in the editor."""

    module = _("Personalization")
    allow_children = True

    def render(self, context: Context, instance: Any, placeholder: str) -> Context:
        """Tell the template whether an editor is at work, here and not in the page around it."""
        context = super().render(context, instance, placeholder)
        toolbar = get_toolbar_from_request(context["request"])
        is_here = toolbar.obj is None or _is_of(instance.placeholder, toolbar.obj)
        context["is_editing"] = toolbar.edit_mode_active and is_here
        if toolbar.edit_mode_active or toolbar.preview_mode_active:
            context["request"].personalize_preview = True  # an editor's look is no exposure
        return context


@plugin_pool.register_plugin
class SlotPlugin(PersonalizePlugin):
    """A place that can vary: children that are no variants are what everyone else sees."""

    model = PageSlot
    name = _("Slot")
    fields = ("name", "key")
    serializer_class = Serializer("SlotSerializer")

    def render(self, context: Context, instance: PageSlot, placeholder: str) -> Context:
        """Add what the editor's tabs need."""
        context = super().render(context, instance, placeholder)
        if context["is_editing"]:
            context["shares"] = shares(instance.key, now=timezone.now())
            context["default_share"] = context["shares"].get("")
            context["add_url"] = editor.address(editor.ADD, instance)
            context["order_url"] = editor.address(editor.ORDER, instance)
            context["words"] = _words()
            context["shown"] = shown_in(instance, request=context["request"])
            context["names"] = editors_names()
        return context

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

    def get_plugin_urls(self) -> list[URLPattern]:
        """Add the page editor's own addresses."""
        return editor.urls()

    @classmethod
    def get_extra_plugin_menu_items(
        cls, request: HttpRequest, plugin: CMSPlugin
    ) -> list[PluginMenuItem]:
        """Offer to personalize whatever may stand in a slot."""
        return editor.menu_items(request.user, plugin)


@plugin_pool.register_plugin
class VariantPlugin(PersonalizePlugin):
    """Alternative content for the slot around it, begun as a copy of the default."""

    model = PageVariant
    form = PageVariantForm
    name = _("Variant")
    serializer_class = Serializer("VariantSerializer")
    require_parent = True
    parent_classes = ("SlotPlugin",)

    class Media:
        css: ClassVar = {"all": ["personalize/editor.css"]}

    def render(self, context: Context, instance: PageVariant, placeholder: str) -> Context:
        """Add the audience in words, and how many see it, for editors."""
        context = super().render(context, instance, placeholder)
        if context["is_editing"]:
            context["audience"] = _described(instance, context.get("names") or editors_names())
            known = context.get("shares")
            if known is None:  # it alone is rendered anew
                slot = instance.parent.get_bound_plugin()
                known = shares(slot.key, now=timezone.now())
            context["share"] = known.get(str(instance.uuid))
        return context

    def get_render_template(self, context: Context, instance: PageVariant, placeholder: str) -> str:
        """Show a badge to editors, a marked variant to the slot."""
        kind = "variant_edit" if context["is_editing"] else "variant"
        return f"personalize/cms/{kind}.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask what to begin with while the variant is being added."""
        begin = () if obj else ("copies_default",)
        return (
            (None, {"fields": ("name", *begin, "segments", "audience")}),
            (_("When and in which order"), {"classes": ("collapse",), "fields": WHEN}),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose a name, and the place after the other variants."""
        slot = self._cms_initial_attributes.get("parent")
        if slot is None or slot.plugin_type != "SlotPlugin":
            return {}
        number = len(variants_of(slot)) + 1
        name = gettext("Variant %(number)d") % {"number": number}
        return {"name": name, "priority": next_priority(slot)}

    def save_model(
        self, request: HttpRequest, obj: PageVariant, form: ModelForm, change: bool
    ) -> None:
        """Begin a new variant with a copy of the default."""
        super().save_model(request, obj, form, change)
        if not change and form.cleaned_data.get("copies_default"):
            copy_default(self.saved_object)


@plugin_pool.register_plugin
class MergeTagPlugin(CMSPluginBase):
    """A visitor's trait within a text. The page is stored with a hole in the trait's place."""

    model = MergeTag
    form = MergeTagForm
    module = _("Personalization")
    name = pgettext_lazy("personalized text", "Merge tag")
    text_enabled = True
    serializer_class = Serializer("MergeTagSerializer")
    render_template = "personalize/cms/merge_tag.html"

    def render(self, context: Context, instance: MergeTag, placeholder: str) -> Context:
        """Write the hole; to editors, the trait's name and its fallback."""
        context = super().render(context, instance, placeholder)
        request = context["request"]
        context["is_editing"] = _is_in_editor(request)
        if not context["is_editing"]:
            markup = trait_markup(instance.trait, default=instance.fallback)
            may_decide = _is_pages_own(instance.placeholder)
            context["merge_tag"] = finished(markup, request=request, may_decide=may_decide)
        return context

    def get_cache_expiration(
        self, request: HttpRequest, instance: MergeTag, placeholder: Placeholder
    ) -> int | None:
        """Keep what was filled in place out of the caches."""
        return None if is_filled_later(request) else EXPIRE_NOW


def _is_pages_own(placeholder: Placeholder) -> bool:
    """Return whether the placeholder is the page's own: an alias is stored by who embeds it."""
    content_type = placeholder.content_type
    return content_type is not None and content_type.model_class() is PageContent


def _is_of(placeholder: Placeholder, source: Model) -> bool:
    kind = ContentType.objects.get_for_model(source)
    return bool((placeholder.content_type_id, placeholder.object_id) == (kind.pk, source.pk))


def _is_in_editor(request: HttpRequest) -> bool:
    """Return whether a text is being edited: in its page, or in the form of its own."""
    toolbar = get_toolbar_from_request(request)
    if toolbar.edit_mode_active or toolbar.preview_mode_active:
        return bool(toolbar.edit_mode_active)
    match = request.resolver_match
    return match is not None and "admin" in match.namespaces


def _described(variant: PageVariant, names: Names) -> str:
    if not variant.rule:
        return gettext("everybody")
    try:
        return describe(parse(variant.rule), names=names)
    except InvalidRule as error:
        return str(error)


def _words() -> dict[str, str]:
    """Return what the script of the tabs says."""
    return {
        "all": gettext("All"),
        "add": gettext("Add a variant"),
        "edit": gettext("Edit audience"),
        "earlier": gettext("Try earlier"),
        "later": gettext("Try later"),
        "hint": gettext("Drag to change the order in which variants are tried."),
        "failed": gettext("The order could not be saved. Load the page again."),
        "moved": gettext("Variant %(name)s is tried at place %(place)s."),
    }
