"""Who a request comes from: a signed first-party cookie that only this site can write.

The cookie is set and cleared through an attribute of the request: whoever changes the identity sets
`request.personalize_cookie` (a value, or `""` to delete), and `apply_cookie(request, response)`,
called by `PersonalizeMiddleware` and by the views of this app, writes it.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, unquote

from django.conf import settings as django_settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseBase

from personalize.conf import settings
from personalize.events.event import CALL_NAMES, Event

SALT = "personalize.visitor"
ID_CHARACTERS = 32  # 128 bits in hexadecimal
LONGEST_COOKIE = 4_000  # browsers keep no longer ones


@dataclass(frozen=True, slots=True)
class Identity:
    """A browser, and the user whose log-in (or verified hash) it has shown; times are seconds."""

    anonymous_id: str
    issued_at: int
    user_id: str = ""

    @property
    def subject(self) -> str:
        """Whose profile applies: `u:<user>` when proven, else `a:<visitor>`."""
        return f"u:{self.user_id}" if self.user_id else f"a:{self.anonymous_id}"

    @property
    def cookie(self) -> str:
        """The signed value; it carries its time of issue, so that no renewal prolongs it."""
        parts = [self.anonymous_id, f"{self.issued_at:x}"]
        if self.user_id:
            parts.append(quote(self.user_id, safe=""))
        return _signer().sign(".".join(parts))


def identity_of(request: HttpRequest) -> Identity | None:
    """Return the identity that the request proves, or None. A forged or expired cookie is None.

    An identity given during this request (`request.personalize_cookie`) counts already.
    """
    given: str | None = getattr(request, "personalize_cookie", None)
    value = request.COOKIES.get(cookie_name(request), "") if given is None else given
    return read(value) if value else None


def identity_or_new(request: HttpRequest) -> Identity:
    """Return the request's identity, or a new one that the response will carry.

    Ask only with consent for analytics: this sets an identifier.
    """
    identity = identity_of(request)
    if identity is None:
        identity = random_identity()
        remember(request, identity=identity)
    return identity


def random_identity(*, user_id: str = "") -> Identity:
    """Return the identity of a browser that was never seen before."""
    return Identity(secrets.token_hex(ID_CHARACTERS // 2), int(time.time()), user_id)


def linked(identity: Identity, *, user_id: str) -> Identity:
    """Return the identity with the proven user; the cookie's age stays what it was."""
    return replace(identity, user_id=user_id)


def link_event(anonymous_id: str, *, user_id: str, proof: str, now: int) -> Event:
    """Return the event that hands the visitor's profile over to the user's.

    It goes to the anonymous subject's partition, whose owner is the one to read that profile.
    """
    return Event(
        type="link",
        event=CALL_NAMES["link"],
        message_id=f"link:{anonymous_id}:{user_id}:{now}",
        timestamp=now,
        received_at=now,
        anonymous_id=anonymous_id,
        properties={"user_id": user_id, "proof": proof},
    )


def remember(request: HttpRequest, *, identity: Identity) -> None:
    """Let the response carry the identity."""
    request.personalize_cookie = identity.cookie  # type: ignore[attr-defined]


def forget(request: HttpRequest) -> None:
    """Let the response delete the identity, so that the next person starts anew."""
    request.personalize_cookie = ""  # type: ignore[attr-defined]


def apply_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write to the response what happened to the identity during the request; harmless twice."""
    value: str | None = getattr(request, "personalize_cookie", None)
    if value is None:
        return
    name = cookie_name(request)
    if not value:
        if name in request.COOKIES:
            response.delete_cookie(name, samesite="Lax")
        return
    identity = read(value)
    if identity:
        response.set_cookie(
            name,
            value,
            max_age=identity.issued_at + _max_age_seconds() - int(time.time()),
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


def cookie_name(request: HttpRequest) -> str:
    """Return the cookie's name; browsers guard `__Host-` ones, but take them over https only."""
    return f"__Host-{settings().COOKIE_NAME}" if request.is_secure() else settings().COOKIE_NAME


def read(value: str) -> Identity | None:
    """Return the identity in a signed value, or None when it is forged, malformed or expired."""
    if len(value) > LONGEST_COOKIE:
        return None
    keys = (django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS)
    identity = _signed(value, keys)
    if identity is None or time.time() > identity.issued_at + _max_age_seconds():
        return None
    return identity


@lru_cache(maxsize=2_048)
def _signed(value: str, keys: tuple[str | bytes, ...]) -> Identity | None:
    """Return what one of the keys has signed; remembered, since a visitor comes page by page."""
    try:
        anonymous_id, issued, *user = _signer().unsign(value).split(".", 2)
        return Identity(anonymous_id, int(issued, 16), unquote(user[0]) if user else "")
    except (BadSignature, ValueError):
        return None


def is_proven_hash(user_id: str, *, user_hash: object) -> bool:
    """Whether `user_hash` is the user id's HMAC-SHA256 with `IDENTIFY_SECRET`, in hexadecimal."""
    secret = settings().IDENTIFY_SECRET
    if not secret or not isinstance(user_hash, str) or not user_hash.isascii():
        return False
    expected = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, user_hash.lower())


def _signer() -> Signer:
    return Signer(salt=SALT)  # knows SECRET_KEY_FALLBACKS


def _max_age_seconds() -> int:
    return settings().COOKIE_MAX_AGE_DAYS * 86_400
