"""The data-quality page: does everything add up, what changed, and what cleaning did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from celery import current_app
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from personalize.admin.base import ReadOnlyAdmin
from personalize.admin.plots import Plot, Point, sparkline
from personalize.admin.teaching import lesson_of
from personalize.conf import settings
from personalize.keys import ACCEPTED
from personalize.measure import quality
from personalize.measure.audit import broken
from personalize.measure.law import Line
from personalize.measure.tally import (
    BLOCKED,
    BOTS,
    DUPLICATES,
    ERASED,
    FORWARDED,
    OUTCOMES,
    QUARANTINED,
    STORED,
)
from personalize.models import DataQualityReport
from personalize.privacy.mask import masked
from personalize.privacy.text import as_text

DAYS = 30
LAW_DAYS = 7
SAMPLES = 10
WORDS = {
    ACCEPTED: _("Accepted"),
    STORED: _("Stored"),
    DUPLICATES: _("Duplicates"),
    BOTS: _("Bots"),
    QUARANTINED: _("Quarantined"),
    BLOCKED: _("Blocked"),
    ERASED: _("Erased"),
    FORWARDED: _("Forwarded"),
}
KINDS = {
    "unknown_event": _("Not in the registry"),
    "new_property": _("New property"),
    "changed_type": _("Other type"),
    "missing_values": _("Missing more, or less, often"),
}


@admin.register(DataQualityReport)
class DataQualityReportAdmin(ReadOnlyAdmin):
    """One page instead of a list; a report's own page shows what was kept of it."""

    fields = ("day", "is_ok", "made_at", "findings")

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the button that audits at once."""
        view = self.admin_site.admin_view(require_POST(self.audit_view))
        name = "personalize_dataqualityreport_audit"
        return [path("audit/", view, name=name), *super().get_urls()]

    def audit_view(self, request: HttpRequest) -> HttpResponse:
        """Ask a worker to audit yesterday again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            current_app.send_task("personalize.tasks.audit", args=[True], ignore_result=True)
            said = gettext("A worker looks at yesterday again. Reload this page in a moment.")
            self.message_user(request, said)
        except Exception:  # noqa: BLE001 - of a broker or its transport
            self.message_user(request, gettext("The broker does not answer."), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:personalize_dataqualityreport_changelist"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page to those with its permission."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        may_see = request.user.has_perm("personalize.view_raw_events")
        wants_samples = may_see and "samples" in request.GET
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Data quality"),
            "lesson": lesson_of("dataqualityreport", user=request.user),
            "opts": self.opts,
            "media": self.media,
            "reports": list(DataQualityReport.objects.all()[:DAYS]),
            "broken": broken(now=now),
            "may_see_samples": may_see and bool(settings().LAKE_URL),
            "samples": _samples(now.astimezone(UTC).date()) if wants_samples else None,
            **_law(now),
            **_trends(now),
            **_findings(),
        }
        answer = TemplateResponse(request, "admin/personalize/quality.html", context)
        answer["Cache-Control"] = "no-store"
        return answer


def _law(now: datetime) -> dict[str, Any]:
    """Return the law as it stands; of the lake only the nightly report knows."""
    last = now.astimezone(UTC).date()
    try:
        law = quality.law_without_lake(first=last - timedelta(days=LAW_DAYS - 1), last=last)
    except (RedisError, OSError):
        return {"law": None}
    columns = [ACCEPTED, *OUTCOMES]
    total: Counter[str] = Counter()
    for line in law.lines:
        total.update(line.counts)
    used = [name for name in columns if total[name] or name in (ACCEPTED, STORED)]
    return {
        "law": law,
        "columns": [WORDS[name] for name in used],
        "rows": [(line, [line.counts[name] for name in used]) for line in _latest_first(law.lines)],
        "law_days": LAW_DAYS,
    }


def _latest_first(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.day.toordinal(), line.source))


def _trends(now: datetime) -> dict[str, Any]:
    """Return a plot of every outcome that there was, and what cleaning did by step and source."""
    last = now.astimezone(UTC).date()
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    daily = quality.daily_outcomes(days)
    plots = [_plot(str(WORDS[name]), days, counts) for name, counts in daily.items()]
    steps = [
        (step, sparkline(step.counts, label=_("Events a day")))
        for step in quality.cleaning_steps(days)
    ]
    return {"plots": plots, "steps": steps, "days": DAYS}


def _plot(title: str, days: Sequence[date], counts: Mapping[date, int]) -> Plot:
    points = [Point(date_format(day, "j M"), counts.get(day, 0)) for day in days]
    return Plot(title, gettext("Events"), gettext("Day"), points, gettext("None in these days."))


def _findings() -> dict[str, Any]:
    report = DataQualityReport.objects.first()
    found = report.findings if report else {}
    drift = [{**each, "words": KINDS[each["kind"]]} for each in found.get("drift", [])]
    return {
        "report": report,
        "anomalies": found.get("anomalies", []),
        "drift": drift,
        "lake_lines": [line for line in found.get("lines", []) if "lake_rows" in line],
    }


def _samples(day: date) -> list[str]:
    """Return events of today, or of yesterday, as masked text."""
    from personalize.measure.drift import samples  # noqa: PLC0415  # slow to import

    found = samples(day, number=SAMPLES) or samples(day - timedelta(days=1), number=SAMPLES)
    return [as_text(msgspec.json.encode(masked(msgspec.to_builtins(each)))) for each in found]
