"""The jobs' screens: ask for a long job, see how far it is, cancel it, take its result."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.timesince import timeuntil
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from personalize.admin.base import Button, ReadOnlyAdmin
from personalize.jobs.ask import ask, cancel, repeat
from personalize.jobs.files import can_export, files_of, folder_of
from personalize.jobs.kinds import WORK
from personalize.jobs.pulse import Sign, sign_of
from personalize.models import Job

NUMBERS: dict[str, str | Promise] = {
    "rows": _("events read"),
    "traits": _("traits"),
    "profiles": _("profiles looked at"),
    "changed": _("profiles changed"),
    "same": _("profiles that are as the lake has them"),
    "different": _("profiles that differed"),
    "lost": _("profiles that Redis had lost"),
    "expired": _("profiles that have expired"),
    "older": _("profiles that know of more events than the lake, and stay"),
    "missing": _("hand-overs of visitors of whom the lake holds nothing"),
    "unmatched": _("users with a log-in that is still on its way"),
    "now_bots": _("events that are bots' now"),
    "now_people": _("events that are people's now"),
    "reworded": _("events with other reasons"),
    "events": _("rows of events"),
    "sessions": _("rows of sessions"),
    "visitors": _("rows of visitors"),
    "memberships": _("rows of memberships"),
    "exposures": _("rows of exposures"),
}
STAGES: dict[str, str | Promise] = {
    "reading": _("reading events"),
    "judging": _("judging events"),
    "settling": _("writing profiles"),
    "events": _("writing events"),
    "sessions": _("writing sessions"),
    "visitors": _("writing visitors"),
    "memberships": _("writing memberships"),
    "exposures": _("writing exposures"),
}


class BackfillForm(forms.Form):
    """Which traits."""

    traits = forms.ChoiceField(
        label=_("Traits"),
        choices=[("new", _("those that were not counted yet")), ("all", _("all live traits"))],
    )


class TrialForm(forms.Form):
    """Whether to change anything."""

    is_trial = forms.BooleanField(
        label=_("Only count what would change"), required=False, initial=True
    )


class ExportForm(forms.Form):
    """Which days, and in which format."""

    format = forms.ChoiceField(
        label=_("Format"), choices=[("parquet", "Parquet"), ("csv", "CSV")], initial="parquet"
    )
    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last_day = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin; return them as the job takes them."""
        given = super().clean() or {}
        first, last = given.pop("first_day", None), given.pop("last_day", None)
        if first and last and last < first:
            self.add_error("last_day", _("Expected the first day or a later one."))
        days = {"from": first, "until": last}
        return given | {name: day.isoformat() for name, day in days.items() if day}


ASKING: dict[str, tuple[type[forms.Form], str | Promise]] = {
    Job.Kind.BACKFILL: (
        BackfillForm,
        _("Traits count what happens from when a rule first names them. This counts, out of the "
          "lake, what was before. New traits are counted so by themselves."),
    ),
    Job.Kind.REBUILD: (
        TrialForm,
        _("Makes every profile anew out of the lake, while those of before serve: after a loss of "
          "Redis, or to check that profiles and events agree."),
    ),
    Job.Kind.RESCORE: (
        TrialForm,
        _("Judges all events anew after the list of bots or a threshold has changed, and makes the "
          "profiles concerned anew."),
    ),
    Job.Kind.EXPORT: (
        ExportForm,
        _("Writes events, sessions, visitors, memberships and exposures as tables for Tableau, "
          "Power BI and the like. They hold personal data and are deleted after some days."),
    ),
}  # fmt: skip


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """A list of what was asked for; each job's page follows it while it runs."""

    list_display = ("__str__", "state", "asked_at", "asked_by", "ended_at")
    list_filter = ("kind", "state")
    fields = ("kind", "arguments", "asked_by", "asked_at", "started_at", "ended_at", "attempts")
    change_form_template = "admin/personalize/job/change_form.html"
    change_list_template = "admin/personalize/job/change_list.html"
    buttons: ClassVar = (
        Button("cancel", _("Cancel"), "", "press_cancel", lambda job: job.can_be_cancelled, True),
        Button("repeat", _("Do it again"), "", "press_repeat", lambda job: job.can_be_repeated),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the state that an open page asks for, and of files."""
        view = self.admin_site.admin_view
        return [
            path("ask/", view(self.ask_view), name="personalize_job_ask"),
            path("<int:pk>/state/", view(self.state_view), name="personalize_job_state"),
            path("<int:pk>/file/<str:name>", view(self.file_view), name="personalize_job_file"),
            *super().get_urls(),
        ]

    def buttons_for(self, request: HttpRequest, row: Job) -> list[Button]:
        """Return the buttons for those who may ask for such a job."""
        if not _may_ask(request, row.kind):
            return []
        return [button for button in self.buttons if button.applies(row)]

    def press_cancel(self, request: HttpRequest, job: Job) -> str:
        """End it within seconds."""
        cancel(job)
        return gettext("The job ends within seconds. What it has done so far does no harm.")

    def press_repeat(self, request: HttpRequest, job: Job) -> str:
        """Do it again."""
        repeat(job)
        return gettext("A worker does it again.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer to ask for a job."""
        extra = {**(extra_context or {}), "may_ask": bool(_askable(request))}
        return super().changelist_view(request, extra)

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        """Show what can be asked for, and take it."""
        kinds = _askable(request)
        if not kinds or not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.POST.get("kind", "")
        forms_of = {
            kind: ASKING[kind][0](request.POST if kind == asked else None, prefix=kind)
            for kind in kinds
        }
        if asked in forms_of and forms_of[asked].is_valid():
            job = ask(asked, arguments=forms_of[asked].cleaned_data, by=request.user)
            self.log_addition(request, job, "Asked for.")
            return HttpResponseRedirect(self.address(job))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Start a job"),
            "opts": self.opts,
            "media": self.media,
            "offers": [(Job.Kind(kind), forms_of[kind], ASKING[kind][1]) for kind in kinds],
        }
        return TemplateResponse(request, "admin/personalize/job/ask.html", context)

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return how far the job is, for its open page."""
        job = get_object_or_404(Job, pk=pk)
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        answer = JsonResponse(_progress(job))
        answer["Cache-Control"] = "no-store"
        return answer

    def file_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
        """Send one file of an export."""
        job = get_object_or_404(Job, pk=pk, kind=Job.Kind.EXPORT)
        if not (self.has_view_permission(request, job) and _may_ask(request, job.kind)):
            raise PermissionDenied
        found = [file for file in files_of(job.uuid) if file.name == name]
        if not found:
            raise Http404
        self.log_change(request, job, f"Downloaded {name}.")
        answer = FileResponse(found[0].open("rb"), as_attachment=True, filename=name)
        answer["Cache-Control"] = "no-store"
        return answer

    def explained(self, request: HttpRequest, row: Job) -> Mapping[str, Any]:
        """Show the progress, the result and the files."""
        return {
            "progress": _progress(row),
            "numbers": [(NUMBERS.get(name, name), n) for name, n in row.result.items()],
            **(_files(row) if row.kind == Job.Kind.EXPORT and _may_ask(request, row.kind) else {}),
        }


def _may_ask(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(WORK[kind].permission)


def _askable(request: HttpRequest) -> list[str]:
    kinds = [kind for kind in ASKING if _may_ask(request, kind)]
    return [kind for kind in kinds if kind != Job.Kind.EXPORT or can_export()]


def _files(job: Job) -> dict[str, Any]:
    if job.state != Job.State.DONE:
        return {}
    folder = folder_of(job.uuid)
    return {"files": files_of(job.uuid), "folder": folder if "://" in folder else ""}


def _progress(job: Job) -> dict[str, Any]:
    """Return what the page shows of a job that runs, in words of the reader's language."""
    sign = _sign(job.uuid) if job.is_open else None
    share = max(job.share, sign.share) if sign else job.share
    return {
        "state": job.get_state_display(),
        "percent": int(share * 100),
        "said": _said(job, sign),
        "isOpen": job.is_open,
    }


def _sign(uuid: UUID) -> Sign | None:
    try:
        return sign_of(uuid)
    except RedisError:
        return None


def _said(job: Job, sign: Sign | None) -> str:
    if job.state == Job.State.WAITING:
        return gettext("It waits for a worker, or for another job that is at the same profiles.")
    if not job.is_open:
        return ""
    if sign is None:
        return gettext("No sign of its worker. Within half a minute another one takes over.")
    done = gettext("%(percent)s %% done") % {"percent": localize(int(sign.share * 100))}
    parts = [str(STAGES.get(sign.stage, sign.stage)), done, _left(sign.left_seconds)]
    return ", ".join(part for part in parts if part)


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        number = max(1, int(seconds))
        said = ngettext("about %(number)d second left", "about %(number)d seconds left", number)
        return said % {"number": number}
    now = datetime.now(UTC)
    return gettext("about %(time)s left") % {
        "time": timeuntil(now + timedelta(seconds=seconds), now, depth=1)
    }
