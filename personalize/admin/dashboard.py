"""The dashboard: is it running, what comes in, who comes, how large the segments are."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from personalize.admin.base import ReadOnlyAdmin
from personalize.admin.plots import Plot, Point, sparkline
from personalize.admin.slot_page import REASONS
from personalize.measure import dashboard, reach
from personalize.measure.audit import broken
from personalize.measure.faults import faults
from personalize.measure.health import Readiness, readiness
from personalize.models import Dashboard

MOST_SEGMENTS = 20


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    """One page instead of a list."""

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
            "has_events": not state.database and dashboard.has_events(),
        }
        if request.GET.get("part") == "status":  # what the open page asks for again and again
            template = "admin/personalize/status.html"
        else:
            template = "admin/personalize/dashboard.html"
            context |= {
                **self.admin_site.each_context(request),
                "title": gettext("Dashboard"),
                "opts": self.opts,
                "media": self.media,
                "batch_url": reverse("personalize:batch"),
                **({} if state.database else _numbers(state)),
            }
        answer = TemplateResponse(request, template, context)
        answer["Cache-Control"] = "no-store"
        return answer


def unaudited() -> list[str]:
    """Return a sentence if an audit of the last week has found what does not add up."""
    days = ", ".join(date_format(report.day) for report in broken(now=timezone.now()))
    said = gettext("Events do not add up (%(days)s): see the data-quality page.") % {"days": days}
    return [said] if days else []


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
