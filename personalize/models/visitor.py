"""Visitors as the database knows them: a copy of the hot profiles for search and reports."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Visitor(models.Model):
    """A flushed profile. Redis holds the truth of the moment; this row may be a minute behind."""

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(
        _("subject"),
        max_length=255,
        unique=True,
        help_text=_(
            "Whose profile it is: u: and the user id when proven, else a: and the visitor id."
        ),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user")
    )
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    events = models.PositiveBigIntegerField(_("events"), default=0)
    sessions = models.PositiveIntegerField(_("sessions"), default=0)
    traits = models.JSONField(_("identified traits"), default=dict)
    context = models.JSONField(_("context"), default=dict)
    is_bot = models.BooleanField(_("bot"), default=False)
    flushed_at = models.DateTimeField(_("flushed"), auto_now=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        ordering = ["-last_seen_at"]
        permissions = [
            ("view_profile", _("Can see profiles (personal data)")),
            ("export_profile", _("Can export a visitor's data")),
            ("erase_profile", _("Can erase a visitor's data")),
        ]
        indexes = [
            # the admin's list, newest first
            models.Index(fields=["-last_seen_at"], name="personalize_visitor_recent"),
            # how many people there are, and a fair sample of them: those first by random id
            models.Index(
                fields=["uuid"],
                condition=models.Q(is_bot=False),
                name="personalize_visitor_people",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)[:8]


class IdentityLink(models.Model):
    """The log of hand-overs: a visitor's profile went into a user's, and on which proof."""

    class Proof(models.TextChoices):
        LOGIN = "login", _("Log-in")
        HASH = "hash", _("Verified hash")
        SOURCE = "source", _("Trusted source")

    anonymous_id = models.CharField(_("visitor id"), max_length=255)
    user_id = models.CharField(_("user id"), max_length=255)
    proof = models.CharField(_("proof"), max_length=6, choices=Proof)
    linked_at = models.DateTimeField(_("linked"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("identity link")
        verbose_name_plural = _("identity links")
        ordering = ["-linked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["anonymous_id", "user_id", "linked_at"], name="personalize_link_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.anonymous_id} → {self.user_id}"
