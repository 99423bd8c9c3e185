"""What segments look like: their figures as last computed, so that no page has to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.models.segment import Segment


class SegmentPortrait(models.Model):
    """One segment among the known visitors, of whom it may be a sample that was `asked`.

    `shared` maps other segments' keys to how many members both have, `composition` maps facts to
    how many members have each of their values, `contents` lists what members looked at.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, related_name="portrait")
    made_at = models.DateTimeField(_("computed"))
    asked = models.PositiveIntegerField(_("visitors asked"))
    is_sample = models.BooleanField(_("sample"), default=False)
    members = models.PositiveIntegerField(_("members among them"))
    shared = models.JSONField(_("members shared with others"), default=dict)
    composition = models.JSONField(_("composition"), default=dict)
    contents = models.JSONField(_("top content"), default=list)

    class Meta:
        default_permissions = ()
        verbose_name = _("portrait of a segment")
        verbose_name_plural = _("portraits of segments")

    def __str__(self) -> str:
        return f"{self.segment}: {self.members} / {self.asked}"
