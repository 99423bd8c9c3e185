"""The traits' screen: identified ones by key, computed ones by what they count."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from personalize.admin.in_use import KeptWhileUsed
from personalize.admin.tracked import TrackedAdmin
from personalize.models import Trait
from personalize.rules.describe import describe_behaviour
from personalize.rules.syntax import InvalidRule, parse_behaviour, to_json
from personalize.segment.names import editors_names


class TraitForm(forms.ModelForm):
    """A computed trait takes its key from the content of its behaviour."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False

    def clean(self) -> dict[str, Any]:
        """Require a key of an identified trait, and a behaviour that parses of a computed one."""
        cleaned = super().clean() or {}
        if self.instance.pk:
            return cleaned
        if cleaned.get("kind") == Trait.Kind.COMPUTED:
            self._intern(cleaned)
        else:
            cleaned["behaviour"] = None
            if not cleaned.get("key"):
                self.add_error("key", _("An identified trait needs a key."))
        return cleaned

    def _intern(self, cleaned: dict[str, Any]) -> None:
        try:
            behaviour = parse_behaviour(cleaned.get("behaviour"))
        except InvalidRule as error:
            self.add_error("behaviour", [str(fault) for fault in error.faults])
            return
        cleaned.update(behaviour=to_json(behaviour), key=behaviour.key)
        if Trait.objects.filter(key=behaviour.key).exists():
            self.add_error("behaviour", _("There is a trait that counts exactly this."))


@admin.register(Trait)
class TraitAdmin(KeptWhileUsed, TrackedAdmin):
    """Saving a rule makes the computed traits that it needs; few are made by hand."""

    form = TraitForm
    list_display = ("title", "kind", "key", "is_live", "created_at")
    list_filter = ("kind", "is_live")
    search_fields = ("name", "key")
    fields = ("kind", "name", "key", "behaviour", "is_live", "created_at")
    readonly_fields = ("created_at",)

    @admin.display(description=_("name"), ordering="name")
    def title(self, trait: Trait) -> str:
        """Return the name that somebody gave or, of what a rule made, what it counts in words."""
        try:
            behaviour = parse_behaviour(trait.behaviour)
        except InvalidRule:
            return str(trait)
        is_given = trait.name != describe_behaviour(behaviour)[: len(trait.name)]
        return str(trait) if is_given else describe_behaviour(behaviour, names=editors_names())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a trait is stays: profiles hold its values under its key."""
        fixed = ("kind", "key", "behaviour") if obj else ()
        return ("created_at", *fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rules may need a computed trait: it is switched off instead of deleted."""
        is_computed = obj is not None and obj.kind == Trait.Kind.COMPUTED
        return not is_computed and super().has_delete_permission(request, obj)
