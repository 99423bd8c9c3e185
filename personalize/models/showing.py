"""What is shown where: the meaning of the opaque ids beside slots, and the pages that have them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Showing(models.Model):
    """What an exposure's id stands for: a slot's variant or default, and in which experiment."""

    exposure = models.CharField(_("exposure"), max_length=16, unique=True)
    slot = models.CharField(_("slot"), max_length=100)
    variant = models.CharField(_("variant"), max_length=64, blank=True)
    experiment = models.CharField(_("experiment"), max_length=64, blank=True)
    arm = models.CharField(_("arm"), max_length=64, blank=True)
    reason = models.CharField(_("reason"), max_length=20)
    last_served_on = models.DateField(_("last served"))

    class Meta:
        default_permissions = ()
        verbose_name = _("showing")
        verbose_name_plural = _("showings")
        indexes = [
            # what was shown in a slot
            models.Index(fields=["slot"], name="personalize_showing_slot")
        ]

    def __str__(self) -> str:
        return f"{self.slot}: {self.variant or '–'}"


class Placement(models.Model):
    """A page on which a slot was filled."""

    slot = models.CharField(_("slot"), max_length=100)
    path = models.CharField(_("path"), max_length=200)
    served = models.PositiveBigIntegerField(_("served"), default=0)
    last_served_on = models.DateField(_("last served"))

    class Meta:
        default_permissions = ()
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ["-served"]
        constraints = [
            # also a slot's pages
            models.UniqueConstraint(fields=["slot", "path"], name="personalize_placement_once")
        ]

    def __str__(self) -> str:
        return f"{self.slot}: {self.path}"
