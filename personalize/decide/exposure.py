"""Which decisions are measured, and the id by which a page names one without telling what it is."""

import hmac
from functools import lru_cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from personalize.decide.decision import Decision, Reason

MEASURED = frozenset({Reason.TARGETING_MATCH, Reason.SPLIT, Reason.HOLDOUT})


def exposure_id(decision: Decision) -> str:
    """Return the opaque id that joins what was served to what the browser says was seen."""
    return opaque(
        decision.slot, decision.variant or "", decision.experiment or "", decision.arm or ""
    )


@lru_cache(maxsize=4096)
def opaque(*parts: str) -> str:
    """Return an id that names the parts to us alone: it goes into the final page."""
    message = "\0".join(("personalize", "exposure", *parts)).encode()
    return hmac.new(str(django_settings.SECRET_KEY).encode(), message, "sha256").hexdigest()[:12]


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "SECRET_KEY":
        opaque.cache_clear()


setting_changed.connect(_forget)
