"""The event registry's screen: what each event means, what it should carry, what was seen of it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button
from personalize.admin.plots import sparkline
from personalize.admin.tracked import TrackedAdmin
from personalize.events.standard import STANDARD
from personalize.measure.dashboard import daily_by_event
from personalize.models import EventDefinition


@admin.register(EventDefinition)
class EventDefinitionAdmin(TrackedAdmin):
    """Unknown events are listed until somebody adopts or blocks them."""

    list_display = ("name", "status", "volume", "last_30_days", "last_seen_at")
    ordering = ("-volume", "name")
    list_filter = ("status",)
    search_fields = ("name", "description")
    actions = ("adopt",)
    fields = (
        "name", "status", "description", "indicator", "properties", "volume", "first_seen_at",
        "last_seen_at",
    )  # fmt: skip
    readonly_fields = ("indicator", "volume", "first_seen_at", "last_seen_at")
    buttons: ClassVar = (
        Button(
            "adopt",
            _("Adopt this event"),
            permission="change_eventdefinition",
            press="press_adopt",
            applies=lambda row: row.status == EventDefinition.Status.UNKNOWN,
        ),
    )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Fetch the plots of a whole page of the list in one query."""
        page = super().get_changelist_instance(request)
        names = [definition.name for definition in page.result_list]
        series = daily_by_event(names, now=timezone.now())
        for definition in page.result_list:
            definition.series = series[definition.name]
        return page

    @admin.display(description=_("last 30 days"))
    def last_30_days(self, definition: Any) -> str:
        """Return a small plot of the event's volume by day."""
        return sparkline(definition.series, label=_("Events a day in the last 30 days"))

    @admin.display(description=_("what it tells"))
    def indicator(self, definition: EventDefinition) -> str:
        """Return what a site owner learns from a standard event."""
        spec = STANDARD.get(definition.name)
        return (spec and spec.indicator) or "–"

    @admin.action(description=_("Adopt the selected events"), permissions=["change"])
    def adopt(self, request: HttpRequest, chosen: QuerySet[EventDefinition]) -> None:
        """Accept unknown events as meant to be sent."""
        unknown = list(chosen.filter(status=EventDefinition.Status.UNKNOWN))
        for definition in unknown:
            definition.adopt()
        done = ngettext("%d event adopted.", "%d events adopted.", len(unknown)) % len(unknown)
        self.message_user(request, done)

    def press_adopt(self, request: HttpRequest, definition: EventDefinition) -> str:
        """Accept this unknown event."""
        definition.adopt()
        return gettext("The event is adopted.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A standard event's meaning is not the site's to change; its name never is."""
        if obj is None:
            return self.readonly_fields
        if obj.status == EventDefinition.Status.STANDARD:
            return (*self.readonly_fields, "name", "description")
        return (*self.readonly_fields, "name")
