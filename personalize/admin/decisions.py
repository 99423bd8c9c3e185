"""Sampled decisions: what live pages showed to somebody, and why. Read only."""

from collections.abc import Callable, Mapping
from functools import cache
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

    list_filter = ("reason", "slot", "decided_at")
    search_fields = ("subject", "path", "variant")
    fields = (
        "decided_at", "path", "slot", "shown", "in_words", "experiment", "arm", "subject",
        "plan_version",
    )  # fmt: skip
    readonly_fields = ("shown", "in_words")
    change_form_template = "admin/personalize/decisionsample/change_form.html"

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Look the names of all rows up together."""
        return ("decided_at", "slot", _shown_by_name(), "in_words", "path")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission to see profiles as well."""
        may_list = super().has_view_permission(request, obj)
        return may_list and request.user.has_perm("personalize.view_profile")

    @admin.display(description=_("shown"), ordering="variant")
    def shown(self, sample: DecisionSample) -> str:
        """Return the variant's name."""
        return _named(sample, titles_of([sample.variant]))

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


def _named(sample: DecisionSample, titles: Mapping[str, str]) -> str:
    return titles.get(sample.variant, sample.variant) if sample.variant else gettext("the default")


def _shown_by_name() -> Callable[[DecisionSample], str]:
    """Return a column that asks for the names once, when the first row needs them."""

    @cache
    def titles() -> dict[str, str]:
        variants = DecisionSample.objects.order_by().values_list("variant", flat=True)
        return titles_of(variants.distinct())

    @admin.display(description=_("shown"), ordering="variant")
    def shown(sample: DecisionSample) -> str:
        return _named(sample, titles())

    return shown
