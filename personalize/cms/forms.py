"""The forms in which editors describe a variant."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from personalize.cms.models import PageVariant
from personalize.models import Segment


def segment_choices() -> list[tuple[str, str]]:
    """Return every segment as a choice."""
    return [(segment.slug, segment.name) for segment in Segment.objects.order_by("name")]


class PageVariantForm(forms.ModelForm):
    """Segments by name instead of JSON."""

    segments = forms.MultipleChoiceField(
        label=_("Segments"),
        choices=segment_choices,
        required=False,
        help_text=_("Visitors in any of these see it."),
    )

    class Meta:
        model = PageVariant
        fields = ("name", "segments", "audience", "priority", "starts_at", "ends_at")

    def clean_audience(self) -> Any:
        """Take an empty rule for one that everybody matches."""
        return self.cleaned_data["audience"] or {}
