"""What the visitor agreed to: read from their cookie, overruled by their browser's signals."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from personalize.conf import PURPOSES, settings

# Readable by scripts, and no identifier: "<version of the wording>.<purpose>…" or "….none".
COOKIE = "px_consent"
REFUSED = "none"


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be done. `purposes` includes those the site needs no consent for."""

    purposes: frozenset[str]
    is_decided: bool = False
    is_refused_by_signal: bool = False

    @property
    def has_analytics(self) -> bool:
        """Whether behaviour may be stored, and an identifier set."""
        return "analytics" in self.purposes

    @property
    def has_personalization(self) -> bool:
        """Whether the stored profile may decide what is shown."""
        return "personalization" in self.purposes


def consent_of(request: HttpRequest) -> Consent:
    """Read the consent of this request's visitor.

    Global Privacy Control and Do Not Track refuse every purpose that needs consent here, whatever
    the cookie says. A choice made on an older wording counts as none.
    """
    required = frozenset(settings().CONSENT_REQUIRED)
    free = frozenset(PURPOSES) - required
    if request.META.get("HTTP_SEC_GPC") == "1" or request.META.get("HTTP_DNT") == "1":
        return Consent(free, is_decided=True, is_refused_by_signal=True)
    chosen = _chosen(request.COOKIES.get(COOKIE, ""))
    if chosen is None:
        return Consent(free)
    return Consent(free | (chosen & required), is_decided=True)


def consent_of_sender(context: dict[str, Any]) -> Consent:
    """Read the consent that a trusted client states in `context.consent.categoryPreferences`.

    Without it the sender answers for what it sends.
    """
    stated = context.get("consent")
    categories = stated.get("categoryPreferences") if isinstance(stated, dict) else None
    if not isinstance(categories, dict):
        return Consent(frozenset(PURPOSES))
    free = frozenset(PURPOSES) - frozenset(settings().CONSENT_REQUIRED)
    granted = {name for name in PURPOSES if categories.get(name, True) is True}
    return Consent(free | granted, is_decided=True)


def store_choice(response: HttpResponseBase, *, purposes: frozenset[str], is_secure: bool) -> None:
    """Put the choice into the visitor's cookie, in the order of `PURPOSES`."""
    names = [name for name in PURPOSES if name in purposes] or [REFUSED]
    response.set_cookie(
        COOKIE,
        ".".join([settings().CONSENT_VERSION, *names]),
        max_age=settings().COOKIE_MAX_AGE_DAYS * 86_400,
        secure=is_secure,
        samesite="Lax",
    )


def _chosen(cookie: str) -> frozenset[str] | None:
    """Return the purposes in the cookie, or None when it holds no valid choice."""
    version, _, names = cookie.partition(".")
    if version != settings().CONSENT_VERSION or not names:
        return None
    return frozenset(names.split(".")) & frozenset(PURPOSES)
