"""A visitor's choice of purposes, taken with its proof and kept in their cookie."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from personalize.collect.consent import Consent, consent_of, store_choice
from personalize.collect.identity import (
    Identity,
    apply_cookie,
    forget,
    identity_of,
    identity_or_new,
)
from personalize.conf import PURPOSES, settings
from personalize.models.consent import ConsentRecord
from personalize.views.login import link


def take(request: HttpRequest, *, chosen: frozenset[str], method: str) -> Consent:
    """Note the choice, and return what holds from now on: a browser's signal overrules it."""
    free = frozenset(PURPOSES) - frozenset(settings().CONSENT_REQUIRED)
    signal = consent_of(request)
    is_refused = signal.is_refused_by_signal
    allowed = signal.purposes if is_refused else free | chosen
    identity = _identified(request) if "analytics" in allowed else identity_of(request)
    ConsentRecord.objects.create(
        anonymous_id=identity.anonymous_id if identity else "",
        # the proof says what holds, whatever was clicked
        purposes={name: name in chosen & allowed for name in PURPOSES},
        method=ConsentRecord.Method.SIGNAL if is_refused else method,
        text_version=settings().CONSENT_VERSION,
        locale=(get_language() or "")[:16],
    )
    if "analytics" not in allowed:
        forget(request)
    return Consent(allowed, is_decided=True, is_refused_by_signal=is_refused)


def keep(
    request: HttpRequest, response: HttpResponse, *, chosen: frozenset[str], consent: Consent
) -> None:
    """Let the response carry the choice, and the identity that follows from it."""
    granted = chosen & consent.purposes
    store_choice(response, purposes=granted, is_secure=request.is_secure())
    apply_cookie(request, response)


def _identified(request: HttpRequest) -> Identity:
    """Return the visitor's identity; who agrees after the log-in is that user as well."""
    user = getattr(request, "user", None)
    if user and user.is_authenticated:
        link(request, user_id=str(user.pk))
    return identity_or_new(request)
