"""The tracking doctor: does the tracker run, what comes in from one's own browser, what fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from redis.exceptions import RedisError

from personalize.collect.consent import consent_of
from personalize.collect.identity import Identity, identity_of
from personalize.measure.health import Readiness, pulse
from personalize.measure.watch import Failure, failures, watch
from personalize.privacy.mask import masked_text
from personalize.privacy.text import as_text
from personalize.profile.store import read_timeline
from personalize.profile.timeline import Moment
from personalize.render.preview import preview_of

MOST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What the doctor looked at, and whether it is as it should be."""

    name: str
    said: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An event of one's own browser, as it came in; `bot` says why it does not count."""

    at: datetime
    event: str
    properties: Mapping[str, Any]
    bot: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An event of one's own browser that came to nothing, masked."""

    at: datetime
    reason: str
    path: str
    detail: str
    text: str


def doctor_view(request: HttpRequest, context: Mapping[str, Any], *, may_see: bool) -> HttpResponse:
    """Show the page, or the part of it that the open page asks for again and again."""
    if not may_see:
        raise PermissionDenied
    template = "live" if request.GET.get("part") == "live" else "page"
    shown = {**_observed(request), "said": _said()}
    if template == "page":
        shown |= {**context, "title": gettext("Tracking doctor")}
    answer = TemplateResponse(request, f"admin/personalize/doctor/{template}.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer


def _observed(request: HttpRequest) -> dict[str, Any]:
    identity, state = identity_of(request), pulse()
    lines: list[Line] = []
    failed: list[Failed] = []
    if identity and not state.redis:
        try:
            watch(identity)
            lines = [_line(moment) for moment in read_timeline(identity.subject)]
            failed = [_failed(each) for each in failures(identity, now=timezone.now())]
        except RedisError:
            state = pulse()
    return {
        "findings": [
            *_about_browser(request, identity),
            *_about_server(state),
            _about_last(lines),
        ],
        "lines": lines,
        "failures": failed,
        "identity": identity,
    }


def _about_browser(request: HttpRequest, identity: Identity | None) -> Iterator[Finding]:
    consent = consent_of(request)
    purposes = ", ".join(sorted(consent.purposes)) or gettext("nothing")
    if consent.is_refused_by_signal:
        said = gettext("This browser refuses by a signal (Global Privacy Control or Do Not Track).")
    elif not consent.has_analytics and consent.is_decided:
        said = gettext("You have refused analytics on this site: the tracker sends nothing.")
    elif not consent.has_analytics:
        said = gettext("You have not chosen yet: answer the site's banner, then look again.")
    else:
        said = gettext("Allowed: %(purposes)s.") % {"purposes": purposes}
    yield Finding(gettext("Consent"), said, consent.has_analytics)
    if preview_of(request):
        said = gettext("You view pages as somebody else: nothing is tracked. End the preview.")
        yield Finding(gettext("Preview"), said, False)
    if identity is None:
        said = gettext("The endpoint has not answered this browser yet: open a page of the site.")
    elif identity.user_id:
        said = gettext("Known as visitor %(visitor)s…, linked to your user by the log-in.") % {
            "visitor": identity.anonymous_id[:8]
        }
    else:
        said = gettext("Known as visitor %(visitor)s….") % {"visitor": identity.anonymous_id[:8]}
    yield Finding(gettext("This browser"), said, identity is not None)


def _about_server(state: Readiness) -> Iterator[Finding]:
    takes = not (state.redis or state.stream)
    endpoint = {"endpoint": reverse("personalize:batch")}
    said = (
        gettext("%(endpoint)s, and it takes events.")
        if takes
        else gettext("%(endpoint)s, and it takes no events now: the stream does not answer.")
    )
    yield Finding(gettext("Endpoint"), said % endpoint, takes)
    is_silent = state.is_silent("worker")
    if is_silent:
        said = gettext("No worker has given a sign for a minute. Start one: celery worker.")
    elif not state.waiting:
        said = gettext("Nothing waits: what was taken is in the profiles.")
    else:
        said = ngettext(
            "%(number)d event waits, the oldest for %(seconds)d seconds.",
            "%(number)d events wait, the oldest for %(seconds)d seconds.",
            state.waiting,
        ) % {"number": state.waiting, "seconds": state.oldest_seconds}
    yield Finding(gettext("Worker"), said, not is_silent and not state.is_late)


def _about_last(lines: list[Line]) -> Finding:
    name = gettext("Last event")
    if not lines:
        return Finding(name, gettext("None from this browser yet."), False)
    last = lines[0]
    ago = (
        gettext("less than a minute ago")
        if (timezone.now() - last.at).total_seconds() < 60
        else gettext("%(time)s ago") % {"time": timesince(last.at)}
    )
    return Finding(name, f"{last.event}, {ago}.", True)


def _line(moment: Moment) -> Line:
    at = datetime.fromtimestamp(moment.at / 1_000, UTC)
    return Line(at, moment.event, moment.properties, moment.bot)


def _failed(failure: Failure) -> Failed:
    at = datetime.fromtimestamp(failure.at / 1_000, UTC)
    text = as_text(failure.raw)[:MOST_TEXT] if failure.raw else ""
    return Failed(at, failure.reason, failure.path, masked_text(failure.detail), text)


def _said() -> dict[str, str]:
    """Return what the script says of the page that it looks at."""
    return {
        "noPage": gettext("The page does not answer (%s)."),
        "noTag": gettext("The page has no tracker: put the tag personalize_scripts into it."),
        "noScript": gettext("The tracker's script does not load: %s."),
        "noEndpoint": gettext("The endpoint %s does not answer."),
        "good": gettext("The tracker is in the page, it loads, and its endpoint answers: %s."),
        "looking": gettext("Looking…"),
    }
