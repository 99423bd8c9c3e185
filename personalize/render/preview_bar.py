"""The bar that says as whom a page is seen, and why; put into the page for who previews alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from personalize.decide.assign import HOLDOUT_SEED
from personalize.decide.decision import Decision
from personalize.models import Arm
from personalize.render.preview import COOKIE, Deed, Persona, Preview, may_preview
from personalize.render.recorded import recorded
from personalize.render.visit import Visit
from personalize.render.why import Why, whys_of
from personalize.rules.phrases import FIELDS
from personalize.segment.names import editors_names
from personalize.stats.bucketing import bucket

END = b"</body>"
EPOCH = datetime.fromtimestamp(0, UTC)


class Shown(NamedTuple):
    """A page as it is stored, the visit for which its holes were filled, and what was decided."""

    content: bytes
    visit: Visit
    decided: Mapping[str, Decision]


def add_bar(request: HttpRequest, response: HttpResponse, *, preview: Preview) -> None:
    """Put the bar at the end of a page; of a part of one, or of anything else, nothing changes."""
    content = response.content
    end = content.rfind(END)
    if end < 0 or not response.get("Content-Type", "").startswith("text/html"):
        return
    bar = render_to_string("personalize/preview/bar.html", _context(request, preview))
    response.content = content[:end] + bar.encode(response.charset) + content[end:]
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))


def is_shown_on(request: HttpRequest) -> bool:
    """Return whether the request is for a page of the site, or for one in its editor."""
    if _is_in_editor(request):
        return True
    place = request.resolver_match  # none for a page from a cache
    return place is None or "admin" not in place.app_names


def circumstances(request: HttpRequest, visit: Visit) -> list[str]:
    """Return what else bears on every slot of the page: consent, holdout, cache, plan."""
    purposes = ", ".join(sorted(visit.consent.purposes)) or gettext("none")
    held = bucket(HOLDOUT_SEED, visit.viewer.visitor) if visit.viewer.visitor else None
    is_stored = not getattr(request, "personalize_wrote_holes", False)
    return [
        gettext("Consent: %s") % purposes,
        gettext("Holdout: %(share)g %% of visitors, this one at %(point).1f %%")
        % {"share": visit.plan.holdout * 100, "point": held * 100}
        if held is not None and visit.plan.holdout
        else gettext("Holdout: none"),
        gettext("Page: from a cache") if is_stored else gettext("Page: rendered for this view"),
        gettext("Configuration: %s") % (visit.plan.version or 0),
    ]


def described(persona: Persona) -> list[str]:
    """Return what is said of the persona, a phrase each."""
    names = editors_names()
    phrases = [gettext("in “%s”") % names.segment(slug) for slug in persona.segments]
    phrases += [f"{_fact(name)}: {_said(value)}" for name, value in persona.context.items()]
    phrases += [f"{names.trait(key)}: {_said(value)}" for key, value in persona.traits.items()]
    phrases += [_deed(deed) for deed in persona.deeds]
    phrases += _arms(persona)
    if persona.at:
        at = localtime(datetime.fromtimestamp(persona.at / 1_000, UTC))
        phrases.append(gettext("on %s") % date_format(at, "DATETIME_FORMAT"))
    return phrases


def _context(request: HttpRequest, preview: Preview) -> dict[str, Any]:
    user = getattr(request, "user", None)
    is_staff = bool(user and may_preview(user))
    shown: Shown | None = getattr(request, "personalize_shown", None)
    path = request.get_full_path()
    link = reverse("personalize:preview")
    token = {"as": request.COOKIES.get(COOKIE, ""), "to": _public_path(request)}
    return {
        "persona": preview.persona,
        "phrases": described(preview.persona) if preview.persona else [],
        "asks_why": preview.asks_why and is_staff,
        "whys": _whys(shown) if shown and preview.asks_why and is_staff else None,
        "circumstances": circumstances(request, shown.visit) if shown else [],
        "is_staff": is_staff,
        "path": path,
        "change_url": _form_url(path) if is_staff else "",
        "share_url": request.build_absolute_uri(f"{link}?{urlencode(token)}"),
    }


def _is_in_editor(request: HttpRequest) -> bool:
    toolbar = getattr(request, "toolbar", None)  # of django CMS, where there is one
    return bool(toolbar and (toolbar.edit_mode_active or toolbar.preview_mode_active))


def _public_path(request: HttpRequest) -> str:
    """Return where others see the page: not in the editor."""
    edited = request.toolbar.obj if _is_in_editor(request) else None  # type: ignore[attr-defined]
    return str(edited.get_absolute_url() or "/") if edited else request.get_full_path()


def _whys(shown: Shown) -> list[Why]:
    return whys_of(recorded(shown.content, shown.visit, decided=shown.decided))


def _form_url(path: str) -> str:
    try:
        return f"{reverse('admin:personalize_viewas_changelist')}?{urlencode({'to': path})}"
    except NoReverseMatch:  # a site without the admin
        return ""


def _fact(name: str) -> str:
    return gettext(FIELDS.get(f"context.{name}", name))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def _deed(deed: Deed) -> str:
    times = ngettext("%(event)s once", "%(event)s %(times)d times", deed.times)
    said = times % {"event": deed.event, "times": deed.times}
    if not deed.minutes_ago:
        return said
    ago = timesince(EPOCH, EPOCH + timedelta(minutes=deed.minutes_ago))
    return gettext("%(deed)s, %(ago)s before") % {"deed": said, "ago": ago}


def _arms(persona: Persona) -> list[str]:
    chosen = Arm.objects.filter(experiment__uuid__in=persona.arms).select_related("experiment")
    return [
        gettext("arm “%(arm)s” of “%(experiment)s”")
        % {"arm": arm.key, "experiment": arm.experiment}
        for arm in chosen
        if persona.arms[str(arm.experiment.uuid)] == arm.key
    ]
