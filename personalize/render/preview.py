"""A preview: whom an editor looks at pages as. Signed, in a cookie of their own; nothing stored.

The cookie lasts as long as the browser's session and at most an hour; so does a link that hands the
same preview to somebody else. It says who made it: with their permission it ends as well.
"""

from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase

COOKIE = "px_preview"
SALT = "personalize.preview"
MAX_AGE_SECONDS = 3_600
LONGEST = 3_800  # characters: browsers keep no longer cookies
# Any of these lets a member of staff preview; which pages they may open is up to the pages.
PERMISSIONS = (
    "personalize.view_segment",
    "personalize.view_variant",
    "cms.view_page",
    "cms.change_page",
)


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """What the previewed visitor has done: an event, some times, some minutes before the moment."""

    event: str
    times: int = 1
    properties: dict[str, Any] = {}
    minutes_ago: int = 0


class Persona(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom to look as; what is left out is not known of them, or is as in the request itself.

    With `segments` the visitor belongs to exactly those; with none, to those whose rules the other
    facts meet. `arms` maps the uuid of an experiment to the key of its arm, which is shown whatever
    the experiment's audience; other experiments are left out. `at` is in milliseconds.
    """

    segments: tuple[str, ...] = ()
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    deeds: tuple[Deed, ...] = ()
    arms: dict[str, str] = {}
    at: int | None = None


class Preview(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody asked to see; without a `persona` they are themselves and ask why."""

    maker: str
    persona: Persona | None = None
    asks_why: bool = False

    def signed(self) -> str:
        """Return the preview as text that this site recognises for an hour."""
        return signing.dumps(msgspec.to_builtins(self), salt=SALT, compress=True)


def read(value: str) -> Preview | None:
    """Return the preview that this site has signed within the hour, or None."""
    try:
        given = signing.loads(value, salt=SALT, max_age=MAX_AGE_SECONDS)
        return msgspec.convert(given, Preview)
    except (signing.BadSignature, msgspec.ValidationError):
        return None


def permitted(value: str) -> Preview | None:
    """Return the preview in a signed text, if whoever made it may still do so (SQL)."""
    preview = read(value)
    if preview is None:
        return None
    maker = get_user_model()._default_manager.filter(pk=preview.maker).first()
    return preview if maker and may_preview(maker) else None


def preview_of(request: HttpRequest) -> Preview | None:
    """Return the request's preview; for visitors without the cookie this is one look-up."""
    value = request.COOKIES.get(COOKIE)
    if value is None:
        return None
    if not hasattr(request, "personalize_previewed"):
        try:
            found = permitted(value)
        except (DatabaseError, InterfaceError):  # the page is shown all the same
            found = None
        request.personalize_previewed = found  # type: ignore[attr-defined]
    preview: Preview | None = request.personalize_previewed  # type: ignore[attr-defined]
    return preview


def forget_preview(request: HttpRequest) -> None:
    """Let the request, and the response that the middleware finishes, be of no preview."""
    request.personalize_previewed = None  # type: ignore[attr-defined]


def may_preview(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether the user may look at pages as somebody else."""
    is_staff = user.is_active and getattr(user, "is_staff", False)
    return bool(is_staff and any(user.has_perm(each) for each in PERMISSIONS))  # type: ignore[union-attr]


def begin(response: HttpResponseBase, *, value: str, is_secure: bool) -> None:
    """Let the browser look through the signed preview until it is closed."""
    response.set_cookie(COOKIE, value, secure=is_secure, httponly=True, samesite="Lax")


def end(response: HttpResponseBase) -> None:
    """Let the browser be its visitor's again."""
    response.delete_cookie(COOKIE, samesite="Lax")


def keep_from_everybody(response: HttpResponseBase) -> None:
    """Let nobody store what a preview shows, and no search engine list it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
