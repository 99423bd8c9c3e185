"""The screens of slots and of the variants that may fill them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.slot_page import slot_page
from personalize.admin.tracked import TrackedAdmin
from personalize.admin.words import rule_column, sentence
from personalize.models import Slot, Variant
from personalize.render.template_variants import template_titles
from personalize.segment.names import editors_names


class VariantRows(admin.TabularInline):
    """A slot's variants at a glance; each is edited on its own page."""

    model = Variant
    fields = ("name", "audience_in_words", "priority", "starts_at", "ends_at", "is_live")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("priority", "pk")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = editors_names()  # Django makes the rows' screen anew for every page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """Bring the slot, which each row's title names."""
        rows: QuerySet[Variant] = super().get_queryset(request)
        return rows.select_related("slot")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Variants are added on their own page."""
        return False

    @admin.display(description=_("audience"))
    def audience_in_words(self, variant: Variant) -> str:
        """Return who may see it."""
        return sentence(variant.audience, names=self.names)


@admin.register(Slot)
class SlotAdmin(TrackedAdmin):
    """Templates name a slot by its key, which therefore stays."""

    list_display = ("__str__", "key", "live_variants", "all_variants", "description")
    ordering = ("key",)  # the model's own ends where variants are counted
    search_fields = ("key", "name", "description")
    fields = ("name", "key", "description", "schema", "created_at")
    inlines = (VariantRows,)
    change_form_template = "admin/personalize/slot/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Slot]:
        """Count each slot's variants."""
        live = Count("variants", filter=Q(variants__is_live=True))
        rows: QuerySet[Slot] = super().get_queryset(request)
        return rows.annotate(live=live, all=Count("variants"))

    @admin.display(description=_("live variants"), ordering="live")
    def live_variants(self, slot: Any) -> int:
        """Return how many variants may be shown."""
        return int(slot.live)

    @admin.display(description=_("variants"), ordering="all")
    def all_variants(self, slot: Any) -> int:
        """Return how many variants there are."""
        return int(slot.all)

    def get_urls(self) -> list[URLPattern]:
        """Add the figures of slots that only templates and pages know."""
        view = self.admin_site.admin_view(self.shown_view)
        return [path("shown/", view, name="personalize_slot_shown"), *super().get_urls()]

    def shown_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the slot with the key `slot` has shown."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = request.GET.get("slot", "")[:100]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Slot %(key)s") % {"key": key},
            "opts": self.opts,
            "media": self.media,
            **slot_page(key, now=timezone.now()),
        }
        return TemplateResponse(request, "admin/personalize/slot/page.html", context)

    def explained(self, request: HttpRequest, row: Slot) -> Mapping[str, Any]:
        """Show what the slot has shown."""
        return slot_page(row.key, now=timezone.now())

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A slot that is being made has no variants to list."""
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the key."""
        return ("created_at", "key") if obj else ("created_at",)


class VariantForm(forms.ModelForm):
    """Refuses an end before the start, and names both halves of each moment for screen readers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "template" in self.fields:
            self.fields["template"] = self._template_field()
        for field in self.fields.values():
            halves = getattr(field.widget, "widgets", ())
            for half, label in zip(halves, (_("date"), _("time")), strict=False):
                half.attrs["aria-label"] = f"{field.label}: {label}"

    def _template_field(self) -> forms.ChoiceField:
        """Offer the templates that there are, and the one of this variant, if it is gone."""
        plain = self.fields["template"]
        titles = template_titles()
        if chosen := self.instance.template:
            titles.setdefault(chosen, gettext("%(name)s (missing)") % {"name": chosen})
        choices = [("", "–"), *titles.items()]
        return forms.ChoiceField(
            choices=choices, required=False, label=plain.label, help_text=plain.help_text
        )

    def clean(self) -> dict[str, Any]:
        """Compare the two moments."""
        cleaned = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("It must end after it starts."))
        return cleaned


@admin.register(Variant)
class VariantAdmin(TrackedAdmin):
    """Only those with the permission to publish make a variant live, or change a live one."""

    form = VariantForm
    list_display = (
        "name",
        "slot",
        "priority",
        "is_live",
        "starts_at",
        "ends_at",
    )
    list_filter = ("is_live", "kind", "slot")
    list_select_related = ("slot",)
    search_fields = ("name", "slot__key", "slot__name")
    autocomplete_fields = ("slot",)
    fieldsets: ClassVar = (
        (None, {"fields": ("name", "slot", "audience", "audience_in_words")}),
        (_("When"), {"fields": ("is_live", "priority", "group", "starts_at", "ends_at")}),
        (
            _("Content"),
            {
                "fields": ("kind", "content", "template", "data"),
                "description": _(
                    "Fill in the field that belongs to the kind; the others are ignored."
                ),
            },
        ),
        (None, {"fields": ("uuid", "updated_at")}),
    )
    readonly: ClassVar = ("audience_in_words", "uuid", "updated_at")

    class Media:
        js: ClassVar = ["personalize/admin/variant.js"]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Add the audiences in words."""
        return (*self.list_display, rule_column("audience", _("audience in words")))

    @admin.display(description=_("audience in words"))
    def audience_in_words(self, variant: Variant) -> str:
        """Return who may see it."""
        return sentence(variant.audience)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Without the permission to publish, the switch is there to read."""
        may_publish = request.user.has_perm("personalize.publish_variant")
        return self.readonly if may_publish else (*self.readonly, "is_live")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is live changes what visitors see: that is publishing."""
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """So does deleting what is live."""
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, variant: Variant | None) -> bool:
        is_live = variant is not None and variant.is_live
        return not is_live or request.user.has_perm("personalize.publish_variant")
