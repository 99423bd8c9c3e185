"""What the rule builder asks while an editor writes: the words, the reading, the count, the test.

Four JSON views for staff who may view segments. What is wrong with a request is answered with 400:
`{"error": …, "field": …}`, and for a rule that does not parse the `faults` beside it.
"""

import json
import time
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings as django_settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from personalize.admin.rule_catalogue import catalogue
from personalize.admin.rule_hints import hints
from personalize.admin.rule_trial import NoSuchVisitor, trial, visitor_named
from personalize.models import Segment
from personalize.rules.describe import describe
from personalize.rules.fields import Unexpected
from personalize.rules.syntax import Fault, Group, InvalidRule, parse, to_json
from personalize.rules.values import checked_text
from personalize.segment.counts import RuleCount
from personalize.segment.live_count import first_count, note_asked, whole_count
from personalize.segment.names import editors_names

LARGEST_BODY = 256 * 1_024
LARGEST_ASKED = 2**53
SEE_VISITORS = ["personalize.view_visitor", "personalize.view_profile"]

View = Callable[[HttpRequest], HttpResponse]
Answer = Callable[[HttpRequest, Mapping[str, Any]], dict[str, Any]]


class Refused(ValueError):
    """The request is not understood: which of its fields, and what was expected."""

    def __init__(self, field: str, message: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.field, self.faults = field, faults


def rule_desk_urls(site: AdminSite) -> list[URLPattern]:
    """Return the addresses, for an admin that adds them to its own."""
    return [
        path(f"rules/{name}/", site.admin_view(view), name=f"personalize_rules_{name}")
        for name, view in _VIEWS.items()
    ]


def _for_editors(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("personalize.view_segment"):
            raise PermissionDenied
        try:
            return view(request)
        except RedisError:
            said = gettext("Redis does not answer. Try again when it does.")
            return JsonResponse({"error": said}, status=503)

    return guarded


def _answers(answer: Answer) -> View:
    """Make the view of a function from a request's JSON to its answer's."""

    @_for_editors
    @require_POST
    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            return JsonResponse(answer(request, _asked(request)))
        except Refused as error:
            faults = {"faults": _faults(error.faults)} if error.faults else {}
            return JsonResponse({"error": str(error), "field": error.field, **faults}, status=400)

    return view


@_for_editors
@require_GET
def catalogue_view(request: HttpRequest) -> HttpResponse:
    """Answer with all that a rule may be made of."""
    return JsonResponse(catalogue())


@_answers
def read_view(request: HttpRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with the rule in words, what is wrong with it, and what is odd about it.

    `segment` is the slug of the segment whose rule it is, if any: it may not name itself.
    """
    slug = _text(asked, "segment")
    try:
        rule = _rule(asked)
    except Refused as error:
        return {"sentence": "", "faults": _faults(error.faults), "hints": []}
    faults = Segment(slug=slug, rule=to_json(rule)).wrong_names()
    return {
        "sentence": _sentence(rule),
        "faults": _faults(tuple(faults)),
        "hints": hints(rule, slug=slug, now=_now()),
    }


@_answers
def count_view(request: HttpRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with how many visitors the rule reaches: a first number, or the `exact` one.

    A number `asked` later in the same session of the editor ends an exact count that goes on.
    """
    rule, is_exact, number = _rule(asked), _boolean(asked, "exact"), _number(asked, "asked")
    is_wanted = note_asked(_session_of(request), asked=number)
    counted = (whole_count if is_exact else first_count)(rule, is_wanted=is_wanted)
    may_see = request.user.has_perms(SEE_VISITORS)
    return {
        "matched": counted.reached,
        "known": counted.known,
        "share": counted.percent / 100,
        "margin": counted.margin / 100,
        "is_exact": not counted.is_sample,
        "sentence": _sentence(rule),
        "asked": number,
        "examples": _examples(counted) if may_see else [],
    }


@_answers
def test_view(request: HttpRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with whether one visitor matches, and what each condition found.

    `visitor` is `me` (the editor's own browser), the id of a visitor, or a subject.
    """
    rule, name = _rule(asked), _text(asked, "visitor")
    if name != "me" and not request.user.has_perms(SEE_VISITORS):
        raise PermissionDenied
    try:
        subject = visitor_named(name, request=request)
        return trial(rule, subject=subject, now=_now())
    except NoSuchVisitor as error:
        return {"error": str(error)}


_VIEWS: dict[str, View] = {
    "catalogue": catalogue_view,
    "read": read_view,
    "count": count_view,
    "test": test_view,
}


def _now() -> int:
    return time.time_ns() // 1_000_000


def _session_of(request: HttpRequest) -> str:
    """Return a name for the editor's session that gives nothing away."""
    told = f"{request.user.pk}:{request.COOKIES.get(django_settings.SESSION_COOKIE_NAME, '')}"
    return blake2b(told.encode(), digest_size=12).hexdigest()


def _sentence(rule: Group) -> str:
    return describe(rule, names=editors_names())


def _faults(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    return [fault._asdict() for fault in faults]


def _examples(counted: RuleCount) -> list[dict[str, str]]:
    return [
        {"label": str(row), "url": reverse("admin:personalize_visitor_change", args=[row.pk])}
        for row in counted.examples
    ]


def _asked(request: HttpRequest) -> Mapping[str, Any]:
    """Return the JSON object that the request's body is."""
    if len(request.body) > LARGEST_BODY:
        raise Refused("body", gettext("expected at most %d bytes") % LARGEST_BODY)
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused("body", gettext("expected JSON")) from None
    if not isinstance(asked, dict):
        raise Refused("body", gettext("expected a JSON object"))
    return asked


def _rule(asked: Mapping[str, Any]) -> Group:
    try:
        return parse(asked.get("rule"))
    except InvalidRule as error:
        raise Refused("rule", str(error), faults=error.faults) from error


def _text(asked: Mapping[str, Any], field: str) -> str:
    value = asked.get(field, "")
    try:
        return checked_text(value)
    except Unexpected as error:
        raise Refused(field, str(error)) from error


def _boolean(asked: Mapping[str, Any], field: str) -> bool:
    value = asked.get(field, False)
    if not isinstance(value, bool):
        raise Refused(field, gettext("expected true or false"))
    return value


def _number(asked: Mapping[str, Any], field: str) -> int:
    value = asked.get(field, 0)
    if type(value) is not int or not 0 <= value <= LARGEST_ASKED:
        raise Refused(field, gettext("expected a whole number"))
    return value
