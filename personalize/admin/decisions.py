"""Sampled decisions: what live pages showed to somebody, and why. Read only."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import ReadOnlyAdmin
from personalize.decide.record import decode
from personalize.models import DecisionSample, Visitor
from personalize.render.why import REASONS, whys_of
from personalize.segment.names import titles_of


@admin.register(DecisionSample)
class DecisionSampleAdmin(ReadOnlyAdmin):
    """Each row is about a person: all of it needs the permission to see profiles."""

    list_display = ("decided_at", "slot", "shown", "in_words", "path")
    list_filter = ("reason", "slot", "decided_at")
    search_fields = ("subject", "path", "variant")
    fields = (
        "decided_at", "path", "slot", "shown", "in_words", "experiment", "arm", "subject",
        "plan_version",
    )  # fmt: skip
    readonly_fields = ("shown", "in_words")
    change_form_template = "admin/personalize/decisionsample/change_form.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission to see profiles as well."""
        may_list = super().has_view_permission(request, obj)
        return may_list and request.user.has_perm("personalize.view_profile")

    @admin.display(description=_("shown"), ordering="variant")
    def shown(self, sample: DecisionSample) -> str:
        """Return the variant's name."""
        if not sample.variant:
            return gettext("the default")
        return titles_of([sample.variant]).get(sample.variant, sample.variant)

    @admin.display(description=_("reason"), ordering="reason")
    def in_words(self, sample: DecisionSample) -> str:
        """Return the reason as a sentence."""
        return f"{sample.reason}: {REASONS.get(sample.reason, '')}"

    def explained(self, request: HttpRequest, row: DecisionSample) -> Mapping[str, Any]:
        """Decide again by what was kept, and say whether it comes out the same."""
        record = decode(bytes(row.record))
        again = record.decide_again()
        kept = (row.variant or None, row.reason, row.experiment or None, row.arm or None)
        return {
            "whys": whys_of([record]),
            "is_same": tuple(again[1:5]) == kept,
            "visitor": Visitor.objects.filter(subject=row.subject).first(),
        }
