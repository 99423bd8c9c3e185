"""The dashboard: is it running, what comes in, who comes, how large the segments are."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from personalize.admin.base import ReadOnlyAdmin
from personalize.admin.doctor import doctor_view
from personalize.admin.first_steps import card, put_away
from personalize.admin.plots import Plot, Point, sparkline
from personalize.admin.slot_page import REASONS
from personalize.measure import dashboard, reach
from personalize.measure.audit import broken
from personalize.measure.faults import faults
from personalize.measure.first_steps import first_event
from personalize.measure.health import Readiness, readiness
from personalize.models import Dashboard

MOST_SEGMENTS = 20
PARTS = {
    "status": "admin/personalize/status.html",
    "first-event": "admin/personalize/first_event.html",
}


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    """One page instead of a list, the tracking doctor, and the card of the first steps."""

    def get_urls(self) -> list[URLPattern]:
        """Add the doctor, and what the card's button posts to."""
        view = self.admin_site.admin_view
        away = view(require_POST(self.first_steps_view))
        return [
            path("doctor/", view(self.doctor_view), name="personalize_doctor"),
            path("first-steps/", away, name="personalize_first_steps"),
            *super().get_urls(),
        ]

    def doctor_view(self, request: HttpRequest) -> HttpResponse:
        """Show what comes in from one's own browser."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return doctor_view(request, context, may_see=self.has_view_permission(request))

    def first_steps_view(self, request: HttpRequest) -> HttpResponse:
        """Put the card of the first steps away, or bring it back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return put_away(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page to those with its permission."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        state = readiness()
        context = {
            "state": state,
            "faults": [*faults(state), *([] if state.database else unaudited())],
        }
        part = request.GET.get("part", "")
        if part in PARTS:  # what the open page asks for again and again
            template = PARTS[part]
            context["first_event"] = None if state.database else first_event()
        else:
            template = "admin/personalize/dashboard.html"
            context |= {
                **self.admin_site.each_context(request),
                "title": gettext("Dashboard"),
                "opts": self.opts,
                "media": self.media,
                **({} if state.database else _numbers(state) | _beginning(request)),
            }
        answer = TemplateResponse(request, template, context)
        answer["Cache-Control"] = "no-store"
        return answer


def unaudited() -> list[str]:
    """Return a sentence if an audit of the last week has found what does not add up."""
    days = ", ".join(date_format(report.day) for report in broken(now=timezone.now()))
    said = gettext("Events do not add up (%(days)s): see the data-quality page.") % {"days": days}
    return [said] if days else []


def _beginning(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows to those who begin: how to send events while there is none."""
    event = first_event()
    where = {
        "host": request.build_absolute_uri(reverse("personalize:batch").removesuffix("/v1/batch")),
        "track_url": request.build_absolute_uri(reverse("personalize:track")),
        "pixel_url": reverse("personalize:pixel"),
    }
    return {
        "first_event": event,
        "first_steps": card(request),
        "waiting": None if event else where,
    }


def _numbers(state: Readiness) -> dict[str, Any]:
    now = timezone.now()
    hours = dashboard.hourly_events(now=now)
    days, visitors = dashboard.daily_events_and_new_visitors(now=now)
    hour, day = gettext("Hour"), gettext("Day")
    nothing = gettext("No events yet.")
    waiting = [Point(str(number), lag.entries) for number, lag in enumerate(state.lags)]
    plots = [
        Plot(gettext("Events an hour"), gettext("Events"), hour, _points(hours, "H:i"), nothing),
        Plot(gettext("Events a day"), gettext("Events"), day, _points(days, "j M"), nothing),
        Plot(
            gettext("New visitors a day"),
            gettext("Visitors"),
            day,
            _points(visitors, "j M"),
            gettext("No visitors yet. They appear here about a minute after their first event."),
        ),
        Plot(
            gettext("Events that wait, by partition"),
            gettext("Events"),
            gettext("Partition"),
            waiting,
            gettext("Nothing waits: every event that was accepted is in its visitor's profile."),
        ),
    ]
    shown, sizes = reach.overview(now=now), dashboard.segment_sizes(now=now)
    return {
        "plots": plots,
        "overview": shown,
        "overview_days": reach.OVERVIEW_DAYS,
        "reasons": [(REASONS.get(name, name), count) for name, count in shown.reasons.items()],
        "sizes": [
            (size, sparkline(size.counts, label=gettext("Visitors in the last 30 days")))
            for size in sizes[:MOST_SEGMENTS]
        ],
        "sizes_at": max((size.counted_at for size in sizes if size.counted_at), default=None),
        "flushed_at": dashboard.last_flush(),
    }


def _points(steps: Sequence[dashboard.Step], form: str) -> list[Point]:
    return [Point(date_format(timezone.localtime(step.at), form), step.count) for step in steps]
