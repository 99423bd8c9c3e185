"""What the visitor agreed to: read from their cookie, overruled by their browser's signals."""

from dataclasses import dataclass
from functools import lru_cache
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
    is_refused = request.META.get("HTTP_SEC_GPC") == "1" or request.META.get("HTTP_DNT") == "1"
    cookie, required = request.COOKIES.get(COOKIE, ""), settings().CONSENT_REQUIRED
    return _consent(cookie, required, settings().CONSENT_VERSION, is_refused)


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


@lru_cache(maxsize=256)  # visitors choose among few
def _consent(cookie: str, required: tuple[str, ...], version: str, is_refused: bool) -> Consent:
    free = frozenset(PURPOSES) - frozenset(required)
    if is_refused:
        return Consent(free, is_decided=True, is_refused_by_signal=True)
    chosen_of, _, names = cookie.partition(".")
    if chosen_of != version or not names:
        return Consent(free)
    return Consent(free | (frozenset(names.split(".")) & frozenset(required)), is_decided=True)
