"""Where events come from: a browser, or a client that proves itself with a write key."""

import hashlib
import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

# What the events of visitors and of the system itself carry as their source.
RESERVED = ("browser", "system")


def hash_key(write_key: str) -> str:
    """Return what is stored of a write key. Keys are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(write_key.encode()).hexdigest()


class Source(models.Model):
    """A client with a write key. It is trusted: its events may name users and lie in the past."""

    name = models.SlugField(_("name"), unique=True, help_text=_("Shown beside each of its events."))
    key_hash = models.CharField(_("key hash"), max_length=64, unique=True, editable=False)
    key_hint = models.CharField(_("key"), max_length=8, editable=False)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Requests with the key of an inactive source are refused."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="personalize_source_name_is_free",
                condition=~models.Q(name__in=RESERVED),
                violation_error_message=_("“browser” and “system” name events of other origin."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def renew_key(self) -> str:
        """Give the source a new write key and return it; it cannot be read again later."""
        write_key = secrets.token_urlsafe(24)
        self.key_hash, self.key_hint = hash_key(write_key), write_key[:4] + "…"
        return write_key
