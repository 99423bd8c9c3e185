"""Visitors with a past: their browsers, and the profiles that the store has of them."""

from typing import Any

from django.test import Client

from personalize.collect.identity import Identity, random_identity
from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.profile.profile import Profile, encode

AGREED = "1.analytics.personalization.marketing"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Browser(Client):
    """A browser whose visitor agreed, unless told otherwise, and has these traits."""

    def __init__(self, *, consent: str = AGREED, **traits: Any) -> None:
        super().__init__(headers={"user-agent": FIREFOX})
        self.identity: Identity = random_identity()
        self.cookies["px"] = self.identity.cookie
        if consent:
            self.cookies["px_consent"] = consent
        if traits:
            remember(self.identity.subject, traits=traits)


def remember(subject: str, **fields: Any) -> None:
    """Write a profile as the pipeline would."""
    profile = Profile(subject, anonymous_id=subject.removeprefix("a:"), **fields)
    worker_redis().hset(profile_key(subject), "s", encode(profile))
