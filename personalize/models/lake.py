"""What the lake still has to forget."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LakeErasure(models.Model):
    """A subject whose rows are to leave the lake. The row goes when no file of it holds them.

    The subject stands here in clear, since files cannot be searched for a hash; that ends with the
    row, a minute or two later. Events received after `asked_at` stay: the person came back.
    """

    subject = models.CharField(_("subject"), max_length=255, unique=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("erasure from the lake")
        verbose_name_plural = _("erasures from the lake")
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"
