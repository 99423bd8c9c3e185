"""The experiments' screen: who takes part, in which arms; start and stop."""

import uuid
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button, LabelledFormSet
from personalize.admin.tracked import TrackedAdmin
from personalize.admin.words import rule_column, sentence
from personalize.models import Arm, Experiment, Variant


class ArmForm(forms.ModelForm):
    """Offers the variants by name; plugins' variants are known by their uuid alone and kept."""

    variant_uuid = forms.TypedChoiceField(
        label=_("variant"), required=False, coerce=uuid.UUID, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(v.uuid), str(v)) for v in Variant.objects.select_related("slot")]
        kept = self.instance.variant_uuid
        if kept and str(kept) not in dict(offered):
            offered.append((str(kept), str(kept)))
        field = cast(forms.ChoiceField, self.fields["variant_uuid"])
        field.choices = [("", _("The slot's default (control)")), *offered]


class ArmRows(admin.TabularInline):
    """The arms; while the experiment runs they stay as they are, or visitors would change sides."""

    model = Arm
    form = ArmForm
    formset = LabelledFormSet
    extra = 0
    min_num = 2

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while it runs."""
        return not _is_running(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while it runs."""
        return not _is_running(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while it runs."""
        return not _is_running(obj) and super().has_delete_permission(request, obj)


def _is_running(experiment: Experiment | None) -> bool:
    return experiment is not None and experiment.is_running


@admin.register(Experiment)
class ExperimentAdmin(TrackedAdmin):
    """Buttons start and stop; whatever assigns visitors cannot change in between."""

    list_display = ("name", "slot", "status", "traffic_percent", "started_at")
    list_filter = ("status", "slot")
    list_select_related = ("slot",)
    search_fields = ("name", "slot__key")
    autocomplete_fields = ("slot",)
    fields = (
        "name", "status", "slot", "audience", "audience_in_words", "traffic_percent", "started_at",
        "uuid",
    )  # fmt: skip
    inlines = (ArmRows,)
    buttons: ClassVar = (
        Button(
            "start",
            _("Start the experiment"),
            permission="change_experiment",
            press="press_start",
            applies=lambda row: row.status in {Experiment.Status.DRAFT, Experiment.Status.STOPPED},
        ),
        Button(
            "stop",
            _("Stop the experiment"),
            permission="change_experiment",
            press="press_stop",
            applies=_is_running,
            is_dangerous=True,
        ),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Add the audiences in words."""
        return (*self.list_display, rule_column("audience", _("audience in words")))

    @admin.display(description=_("audience in words"))
    def audience_in_words(self, experiment: Experiment) -> str:
        """Return who takes part."""
        return sentence(experiment.audience)

    def press_start(self, request: HttpRequest, experiment: Experiment) -> str:
        """Start assigning visitors."""
        experiment.start(at=timezone.now())
        return gettext("The experiment is running.")

    def press_stop(self, request: HttpRequest, experiment: Experiment) -> str:
        """Stop assigning visitors."""
        experiment.stop()
        return gettext(
            "The experiment is stopped; the slot shows its variants and its default again."
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Fix what assigns visitors while it does."""
        always = ("status", "audience_in_words", "started_at", "uuid")
        return (*always, "slot", "audience", "traffic_percent") if _is_running(obj) else always

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A running experiment is stopped before it is deleted."""
        return not _is_running(obj) and super().has_delete_permission(request, obj)
