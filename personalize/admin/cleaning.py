"""The screens of cleaning: what is done to each source's events, and what properties are like."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import ReadOnlyAdmin
from personalize.admin.tracked import TrackedAdmin
from personalize.events.event import BROWSER
from personalize.models import CleaningPolicy, PropertyStatistics, Source


class CleaningPolicyForm(forms.ModelForm):
    """Lets the source be chosen among those that there are."""

    def clean_source(self) -> str:
        """Refuse the name of no source."""
        source: str = self.cleaned_data["source"]
        if source != BROWSER and not Source.objects.filter(name=source).exists():
            raise forms.ValidationError(_("Expected “browser” or the name of a source."))
        return source


@admin.register(CleaningPolicy)
class CleaningPolicyAdmin(TrackedAdmin):
    """One row a source; one without has the defaults."""

    form = CleaningPolicyForm
    list_display = (
        "source", "bot_threshold", "visitor_events_a_minute", "masks_personal", "currency",
        "fingerprint_seconds",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("source",)}),
        (_("Values"), {"fields": ("currency", "url_query_allowed", "masks_personal")}),
        (_("Repetitions"), {"fields": ("fingerprint_seconds",)}),
        (
            _("Bots"),
            {
                "fields": (
                    "bot_threshold", "visitor_events_a_minute", "clicks_in_ten_seconds",
                    "products_a_minute", "network_events_a_minute",
                ),
                "description": _(
                    "Events of bots are kept and marked, and reach no trait, segment, experiment "
                    "or count."
                ),
            },
        ),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A policy stays with its source."""
        return ("source",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The browsers always have one."""
        is_browsers = obj is not None and obj.source == BROWSER
        return not is_browsers and super().has_delete_permission(request, obj)


@admin.register(PropertyStatistics)
class PropertyStatisticsAdmin(ReadOnlyAdmin):
    """What imputed values and the bounds of outliers are taken from; computed every day."""

    list_display = (
        "event", "property", "count", "nulls", "median", "mad", "mode", "computed_at",
    )  # fmt: skip
    list_display_links = None
    list_filter = ("event",)
    search_fields = ("event", "property")
