"""The visitors' screen: who they are to us, and why they see what they see. Read only."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from personalize.admin.base import Button, ReadOnlyAdmin
from personalize.admin.profile_page import ProfilePage
from personalize.conf import settings
from personalize.models import ConsentRecord, DecisionSample, IdentityLink, Visitor
from personalize.privacy.erase import erase
from personalize.privacy.export import export
from personalize.privacy.subjects import ids_of
from personalize.profile.store import read_profile, read_timeline
from personalize.render.why import moment

SAMPLES = 20


@admin.register(Visitor)
class VisitorAdmin(ReadOnlyAdmin):
    """The list holds nothing personal; a visitor's page needs the permission to see profiles."""

    list_display = ("__str__", "last_seen_at", "first_seen_at", "events", "sessions", "bot")
    list_filter = ("is_bot", "last_seen_at")
    search_fields = ("subject", "uuid")
    fields = (
        "uuid", "subject", "user", "first_seen_at", "last_seen_at", "events", "sessions", "bot",
        "flushed_at",
    )  # fmt: skip
    readonly_fields = ("bot",)
    change_form_template = "admin/personalize/visitor/change_form.html"
    buttons: ClassVar = (
        Button(
            "export",
            _("Export this visitor's data"),
            permission="export_profile",
            press="press_export",
        ),
        Button(
            "erase",
            _("Erase this visitor's data…"),
            permission="erase_profile",
            press="press_erase",
            is_dangerous=True,
        ),
    )

    @admin.display(description=_("bot"), ordering="is_bot")
    def bot(self, visitor: Visitor) -> str:
        """Return a word for bots; a sign for everybody else would read as a fault."""
        return gettext("yes") if visitor.is_bot else "–"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One visitor's page shows personal data."""
        may_list = super().has_view_permission(request, obj)
        return may_list and (obj is None or request.user.has_perm("personalize.view_profile"))

    def explained(self, request: HttpRequest, row: Visitor) -> Mapping[str, Any]:
        """Read the hot profile; the row above may be a minute behind it."""
        known: dict[str, Any] = {"consents": _consents(row), "links": _links(row)}
        try:
            profile, moments = read_profile(row.subject), read_timeline(row.subject)
        except RedisError:
            return {**known, "is_store_down": True}
        known["timeline"] = [(moment(each.at), each) for each in moments]
        if profile is None:
            return known
        page = ProfilePage(profile, now=time.time_ns() // 1_000_000)
        return {
            **known,
            "profile": profile,
            "sessions": [(moment(s.started_at), moment(s.last_at), s) for s in profile.sessions],
            "belongings": page.belongings(),
            "computed": page.computed(),
            "whys": page.whys(has_consent=_has_consent(row)),
            "samples": _samples(request, row),
        }

    def press_export(self, request: HttpRequest, visitor: Visitor) -> HttpResponse:
        """Send everything that is known as a file."""
        self.log_change(request, visitor, "Exported the data.")
        parameters = {"indent": 2, "ensure_ascii": False}
        answer = JsonResponse(export(subjects_of(visitor)), json_dumps_params=parameters)
        answer["Content-Disposition"] = f'attachment; filename="visitor-{visitor.uuid}.json"'
        answer["Cache-Control"] = "no-store"
        return answer

    def press_erase(self, request: HttpRequest, visitor: Visitor) -> HttpResponse:
        """Ask once more, then erase everywhere."""
        if request.POST.get("confirmed") != "yes":
            return self._ask_to_erase(request, visitor)
        self.log_change(request, visitor, "Erased the data.")
        erase(subjects_of(visitor))
        self.message_user(request, gettext("The visitor's data is erased everywhere."))
        return HttpResponseRedirect(reverse("admin:personalize_visitor_changelist"))

    def _ask_to_erase(self, request: HttpRequest, visitor: Visitor) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Erase this visitor's data?"),
            "opts": self.opts,
            "media": self.media,
            "visitor": visitor,
            "subjects": subjects_of(visitor),
        }
        return TemplateResponse(request, "admin/personalize/visitor/erase.html", context)


def subjects_of(visitor: Visitor) -> list[str]:
    """Return the visitor's subject and, of a user, the browsers that were linked to them."""
    links = _links(visitor).filter(undone_at__isnull=True)
    browsers = links.values_list("anonymous_id", flat=True).distinct().order_by("anonymous_id")
    return [visitor.subject, *(f"a:{name}" for name in browsers if f"a:{name}" != visitor.subject)]


def _links(visitor: Visitor) -> QuerySet[IdentityLink]:
    kind, _, name = visitor.subject.partition(":")
    if kind == "u":
        return IdentityLink.objects.filter(user_id=name)
    return IdentityLink.objects.filter(anonymous_id=name)


def _samples(request: HttpRequest, visitor: Visitor) -> QuerySet[DecisionSample]:
    samples = DecisionSample.objects.filter(subject__in=subjects_of(visitor)).defer("record")
    may_see = request.user.has_perm("personalize.view_decisionsample")
    return samples[:SAMPLES] if may_see else samples.none()


def _has_consent(visitor: Visitor) -> bool:
    """Return whether the visitor's latest choice lets their profile decide."""
    if "personalization" not in settings().CONSENT_REQUIRED:
        return True
    latest = _consents(visitor).order_by("-recorded_at").first()
    return latest is not None and bool(latest.purposes.get("personalization"))


def _consents(visitor: Visitor) -> QuerySet[ConsentRecord]:
    browsers = ids_of(subjects_of(visitor), kind="a")
    return ConsentRecord.objects.filter(anonymous_id__in=browsers)
