"""The visitor's own page: what is known of this browser, their choices, a copy, and erasure.

It works without log-in and without scripts: its forms are plain ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from personalize.collect.consent import consent_of
from personalize.collect.identity import apply_cookie, forget, identity_of
from personalize.collect.rate import COSTLY
from personalize.collect.refusal import Refused
from personalize.collect.senders import Browser
from personalize.conf import PURPOSES, settings
from personalize.models import ConsentRecord, Segment
from personalize.privacy.erase import erase
from personalize.privacy.subjects import subjects_of
from personalize.profile.store import read_profile, read_timeline
from personalize.views.choice import keep, take

WORDS = {
    "analytics": (_("Statistics"), _("what is read and used here")),
    "personalization": (_("Personal pages"), _("pages that fit what you did here")),
    "marketing": (_("Marketing"), _("news and offers")),
}
DONE = {"saved": _("Your choice is saved."), "erased": _("Your data is erased.")}
LATEST = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of whoever asks, in short; the copy has all of it."""

    events: int
    sessions: int
    segments: Sequence[str]
    traits: Sequence[tuple[str, Any]]
    latest: Sequence[tuple[datetime, str]]


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def my_data(request: HttpRequest) -> HttpResponse:
    """Show the page, or do what one of its forms says and come back to it."""
    if request.method != "POST":
        return _page(request)
    try:
        Browser(request).limit(COSTLY)
        return _erase(request) if request.POST.get("do") == "erase" else _choose(request)
    except Refused as refused:
        return _page(request, fault=refused.message, status=refused.status)
    except (RedisError, DatabaseError, InterfaceError):
        return _page(request, fault=gettext("That did not work. Please try again."), status=503)


def _choose(request: HttpRequest) -> HttpResponse:
    asked = {"all": list(PURPOSES), "none": []}
    names = asked.get(request.POST.get("do", ""), request.POST.getlist("purpose"))
    chosen = frozenset(names) & frozenset(PURPOSES)
    made = take(request, chosen=chosen, method=ConsentRecord.Method.PAGE)
    response = redirect(f"{request.path}?done=saved")
    keep(request, response, chosen=chosen, consent=made)
    return response


def _erase(request: HttpRequest) -> HttpResponse:
    if request.POST.get("confirmed") != "yes":
        return _page(request, fault=gettext("Tick the box to confirm."), status=400)
    erase(subjects_of(request))
    forget(request)
    response = redirect(f"{request.path}?done=erased")
    apply_cookie(request, response)
    return response


def _page(request: HttpRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    consent = consent_of(request)
    identity = identity_of(request)
    context = {
        "purposes": [
            {
                "name": name,
                "label": WORDS[name][0],
                "words": WORDS[name][1],
                "is_granted": name in consent.purposes,
                "is_free": name not in settings().CONSENT_REQUIRED,
            }
            for name in PURPOSES
        ],
        "consent": consent,
        "fault": fault,
        "done": DONE.get(request.GET.get("done", "")) if not fault else "",
        "is_known": identity is not None or request.user.is_authenticated,
        **_known(identity.subject if identity else ""),
    }
    return TemplateResponse(request, "personalize/my_data.html", context, status=status)


def _known(subject: str) -> dict[str, Any]:
    """Return what the profile says; nothing of it is an error when Redis does not answer."""
    if not subject:
        return {}
    try:
        profile, moments = read_profile(subject), read_timeline(subject)
        if profile is None:
            return {}
        names = Segment.objects.filter(slug__in=list(profile.segments)).values_list(
            "name", flat=True
        )
        known = Known(
            events=profile.events,
            sessions=profile.session_count,
            segments=list(names),
            traits=sorted(profile.traits.items()),
            latest=[
                (datetime.fromtimestamp(each.at / 1_000, UTC), each.event)
                for each in moments[:LATEST]
            ],
        )
    except (RedisError, DatabaseError, InterfaceError):
        return {"is_away": True}
    return {"known": known}
