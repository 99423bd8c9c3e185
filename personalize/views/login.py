"""What a log-in and a log-out mean for the visitor; receivers of Django's own signals."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from redis.exceptions import RedisError

from personalize import metrics
from personalize.collect.consent import consent_of
from personalize.collect.identity import (
    forget,
    identity_of,
    link_event,
    linked,
    random_identity,
    remember,
)
from personalize.privacy.erase import readmit
from personalize.render.preview import forget_preview
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable
from personalize.views.answers import now_ms


def link_on_login(
    sender: object, request: HttpRequest | None, user: AbstractBaseUser, **_: Any
) -> None:
    """Hand the anonymous visitor over to the user who has just logged in.

    Without consent nothing is linked. When the stream is down the log-in goes on, and the visitor
    stays anonymous until the next one.
    """
    if request is not None and consent_of(request).has_analytics:
        link(request, user_id=str(user.pk))


def link(request: HttpRequest, *, user_id: str) -> None:
    """Let the visitor be this user from here on; ask only with consent for analytics."""
    try:
        readmit(user_id)  # who was erased, and now comes back and consents
    except RedisError:
        metrics.count("collect.link_lost")
        return
    identity = identity_of(request)
    if identity is None or identity.user_id not in ("", user_id):
        remember(request, identity=random_identity(user_id=user_id))
        return
    if not identity.user_id:
        visitor = identity.anonymous_id
        try:
            accept([link_event(visitor, user_id=user_id, proof="login", now=now_ms())])
        except StreamUnavailable:
            metrics.count("collect.link_lost")
            return
    remember(request, identity=linked(identity, user_id=user_id))


def forget_on_logout(sender: object, request: HttpRequest | None, **_: Any) -> None:
    """Drop the identity and the preview, so that the next person at this browser starts anew."""
    if request is not None:
        forget(request)
        forget_preview(request)
