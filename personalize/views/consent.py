"""The visitor's own choice: what may be done with their behaviour."""

from typing import Any

import msgspec
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from personalize.collect.body import read_body
from personalize.collect.consent import Consent, consent_of
from personalize.collect.origin import is_own
from personalize.collect.rate import COSTLY
from personalize.collect.refusal import Refused
from personalize.collect.senders import Browser
from personalize.conf import PURPOSES, settings
from personalize.models.consent import ConsentRecord
from personalize.views.answers import refusal, unavailable
from personalize.views.choice import keep, take


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a PUT. Purposes that are not named are refused."""

    purposes: dict[str, bool]
    method: str = ConsentRecord.Method.BANNER


@csrf_exempt  # only requests of this site's own pages are taken
@never_cache
@require_http_methods(["GET", "PUT"])
def consent(request: HttpRequest) -> HttpResponse:
    """Show the visitor's consent, or store their choice with its proof."""
    if request.method == "GET":
        return JsonResponse(_describe(consent_of(request)))
    try:
        return _choose(request)
    except Refused as refused:
        return refusal(refused)
    except (DatabaseError, InterfaceError):  # without its proof no choice is made
        return unavailable()


def _choose(request: HttpRequest) -> HttpResponse:
    if not is_own(request):
        raise Refused(403, "Only this site's own pages may send a choice.", field="Origin")
    Browser(request).limit(COSTLY)
    choice = _read(request)
    chosen = frozenset(name for name, is_granted in choice.purposes.items() if is_granted)
    made = take(request, chosen=chosen, method=choice.method)
    response = JsonResponse(_describe(made))
    keep(request, response, chosen=chosen, consent=made)
    return response


def _read(request: HttpRequest) -> Choice:
    try:
        choice = msgspec.json.decode(read_body(request), type=Choice)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f'Expected {{"purposes": {{…}}}}: {error}', field="purposes") from error
    for name in choice.purposes:
        if name not in PURPOSES:
            raise Refused(400, f"Expected one of {', '.join(PURPOSES)}.", field=f"purposes.{name}")
    if choice.method not in ConsentRecord.Method.values:
        expected = ", ".join(ConsentRecord.Method.values)
        raise Refused(400, f"Expected one of {expected}.", field="method")
    return choice


def _describe(consent: Consent) -> dict[str, Any]:
    return {
        "purposes": {name: name in consent.purposes for name in PURPOSES},
        "required": list(settings().CONSENT_REQUIRED),
        "version": settings().CONSENT_VERSION,
        "decided": consent.is_decided,
        "refusedBySignal": consent.is_refused_by_signal,
    }
