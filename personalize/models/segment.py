"""Segments, who is in them, and how large they were."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.models.fields import RuleField
from personalize.models.visitor import Visitor
from personalize.rules.syntax import (
    Fault,
    InvalidRule,
    parse,
    placed_leaves,
    segments,
    segments_of,
)


class Segment(models.Model):
    """A named set of visitors: by rule, by cluster, or a static list."""

    class Kind(models.TextChoices):
        RULE = "rule", _("Rule")
        CLUSTER = "cluster", _("Cluster")
        STATIC = "static", _("Static list")

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("slug"),
        max_length=120,
        unique=True,
        help_text=_("How rules and templates name the segment."),
    )
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.RULE)
    rule = RuleField(_("rule"), help_text=_("Who belongs to the segment, in the rule language."))
    is_live = models.BooleanField(
        _("live"), default=True, help_text=_("A segment that is not live has no members.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a rule that names a segment that there is not, or this one."""
        if faults := self.wrong_names():
            raise ValidationError({"rule": [str(fault) for fault in faults]})

    def wrong_names(self) -> list[Fault]:
        """Return each condition of the rule that names no other segment."""
        try:
            rule = parse(self.rule)
        except InvalidRule:  # the field says so
            return []
        others = Segment.objects.exclude(slug=self.slug).filter(slug__in=segments(rule))
        known = set(others.values_list("slug", flat=True))
        return [
            Fault(f"{path}.value", f"expected the slug of another segment, got {slug!r}")
            for path, leaf in placed_leaves(rule)
            for slug in segments_of(leaf)
            if slug not in known
        ]


class Membership(models.Model):
    """A visitor's stay in a segment; `exited_at` is empty while it lasts."""

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="memberships")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="memberships")
    entered_at = models.DateTimeField(_("entered"))
    exited_at = models.DateTimeField(_("exited"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            # A replayed transition finds its row instead of adding one.
            models.UniqueConstraint(
                fields=["visitor", "segment", "entered_at"], name="personalize_membership_once"
            )
        ]
        indexes = [
            # "who is in this segment now", "how many"
            models.Index(fields=["segment", "exited_at"], name="personalize_member_now")
        ]

    def __str__(self) -> str:
        return f"{self.visitor} in {self.segment}"


class SegmentSize(models.Model):
    """How many visitors a segment had at one time, for the plot of its size."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    counted_at = models.DateTimeField(_("counted"))
    visitors = models.PositiveIntegerField(_("visitors"))

    class Meta:
        verbose_name = _("segment size")
        verbose_name_plural = _("segment sizes")
        ordering = ["counted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "counted_at"], name="personalize_segment_size_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment}: {self.visitors}"
