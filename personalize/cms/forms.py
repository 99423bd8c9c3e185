"""The forms in which editors describe a variant, and a merge tag."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from personalize.admin.rule_field import RuleFormField
from personalize.cms.models import MergeTag, PageVariant
from personalize.models import Segment, Trait


def segment_choices() -> list[tuple[str, str]]:
    """Return every segment as a choice."""
    return [(segment.slug, segment.name) for segment in Segment.objects.order_by("name")]


def trait_choices() -> list[tuple[str, str]]:
    """Return every trait that visitors can have as a choice; what rules count comes last."""
    traits = Trait.objects.filter(is_live=True).order_by("-kind", "name", "key")
    return [(trait.key, str(trait)) for trait in traits]


class PageVariantForm(forms.ModelForm):
    """Segments by name instead of JSON."""

    segments = forms.MultipleChoiceField(
        label=_("Segments"),
        choices=segment_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Visitors in any of these see it."),
    )
    copies_default = forms.BooleanField(
        label=_("Begin with a copy of the default"), required=False, initial=True
    )

    class Meta:
        model = PageVariant
        fields = ("name", "segments", "audience", "priority", "group", "starts_at", "ends_at")
        field_classes = {"audience": RuleFormField}

    def clean_audience(self) -> Any:
        """Take an empty rule for one that everybody matches."""
        return self.cleaned_data["audience"] or {}


class MergeTagForm(forms.ModelForm):
    """The trait by its name; a key that nobody has declared stays as it is."""

    trait = forms.ChoiceField(label=_("Trait"))

    class Meta:
        model = MergeTag
        fields = ("trait", "fallback")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = trait_choices()
        key = self.instance.trait
        if key and key not in dict(choices):
            choices.append((key, key))
        self.fields["trait"].choices = choices  # type: ignore[attr-defined]
