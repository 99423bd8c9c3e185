"""Traits: values about a visitor that rules can use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Trait(models.Model):
    """A computed one is interned by the content of its behaviour, so that equal leaves share it."""

    class Kind(models.TextChoices):
        IDENTIFIED = "identified", _("Identified")
        COMPUTED = "computed", _("Computed")

    key = models.CharField(_("key"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.IDENTIFIED)
    behaviour = models.JSONField(
        _("behaviour"),
        null=True,
        blank=True,
        help_text=_("What a computed trait counts: event, aggregate, property, window, where."),
    )
    is_live = models.BooleanField(
        _("live"), default=True, help_text=_("Only live traits are kept up to date.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    backfilled_at = models.DateTimeField(
        _("backfilled"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When what was before the trait had been counted from the lake."),
    )

    class Meta:
        verbose_name = _("trait")
        verbose_name_plural = _("traits")
        ordering = ["kind", "name", "key"]
        constraints = [
            models.CheckConstraint(
                name="personalize_computed_trait_has_behaviour",
                condition=models.Q(kind="identified") | models.Q(behaviour__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.key
