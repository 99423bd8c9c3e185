"""The way from nothing to a measured personal page: six steps that facts tick off, not clicks."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from personalize.measure.first_steps import FirstSteps, first_steps

COOKIE = "px_first_steps"  # says who has put the card away in this browser
YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Step:
    """A step with where to do it; `url` is empty for who may not."""

    title: str
    text: str
    is_done: bool
    url: str
    link: str


def card(request: HttpRequest) -> dict[str, Any]:
    """Return what the dashboard shows of the first steps: nothing more when they are put away."""
    if is_away(request):
        return {"steps": None, "is_away": True}
    found = first_steps(request.user.pk)
    return {"steps": _steps(request, found), "done": found.number}


def is_away(request: HttpRequest) -> bool:
    """Return whether this editor has put the card away."""
    return request.COOKIES.get(COOKIE) == str(request.user.pk)


def put_away(request: HttpRequest) -> HttpResponse:
    """Put the card away for this editor, or bring it back (`back` in the form)."""
    response = HttpResponseRedirect(reverse("admin:personalize_dashboard_changelist"))
    path = reverse("admin:index")
    if "back" in request.POST:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
    else:
        response.set_cookie(
            COOKIE,
            str(request.user.pk),
            max_age=YEAR_SECONDS,
            path=path,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def _steps(request: HttpRequest, found: FirstSteps) -> list[Step]:
    def url(name: str, *permissions: str) -> str:
        may = not permissions or any(map(request.user.has_perm, permissions))
        return reverse(f"admin:personalize_{name}") if may else ""

    return [
        Step(
            gettext("Put the tracker in"),
            gettext("One tag in the base template. The doctor says whether it is there."),
            found.is_sent,
            url("doctor"),
            gettext("Open the tracking doctor"),
        ),
        Step(
            gettext("See the first event come in"),
            gettext("Open a page of the site in another tab, and agree to its banner."),
            found.is_known,
            url("doctor"),
            gettext("Watch your own events"),
        ),
        Step(
            gettext("Make a segment"),
            gettext("Say whom you mean; the form tells how many that are."),
            found.has_segment,
            url("segment_templates", "personalize.add_segment"),
            gettext("Begin from a template"),
        ),
        Step(
            gettext("Give it a variant"),
            gettext("A slot is a place in a page; a variant is what a segment sees there."),
            found.has_variant,
            url("slot_changelist", "personalize.view_slot"),
            gettext("Open the slots"),
        ),
        Step(
            gettext("Preview it"),
            gettext("See the page as somebody of that segment, and why it shows what it shows."),
            found.is_previewed,
            url("viewas_changelist", "personalize.view_segment", "personalize.view_variant"),
            gettext("View as…"),
        ),
        Step(
            gettext("Publish and measure"),
            gettext("The first visitor who gets the variant is counted in the slot's page."),
            found.is_shown,
            "#px-overview",
            gettext("See what slots have shown"),
        ),
    ]
