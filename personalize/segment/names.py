"""What editors call things, for sentences: looked up when a sentence first needs them."""

from collections.abc import Iterable
from uuid import UUID

from django.apps import apps
from django.db.models import Model, UUIDField
from django.utils.translation import gettext

from personalize.models import Segment, Trait
from personalize.models.fields import RuleField
from personalize.rules.describe import Names


def editors_names() -> Names:
    """Return names from the database, in the language of the person who reads."""
    return Names(translate=gettext, segment=_Titles(Segment, "slug"), trait=_Titles(Trait, "key"))


def titles_of(uuids: Iterable[str]) -> dict[str, str]:
    """Return the names of variants and experiments, of whichever installed model they are."""
    wanted = [each for each in uuids if _is_uuid(each)]
    return {
        str(uuid): name
        for model in apps.get_models()
        if wanted and _has_audience(model)
        for uuid, name in model._default_manager.filter(uuid__in=wanted).values_list("uuid", "name")
    }


class _Titles:
    """The names of one model's rows by key, read at once."""

    def __init__(self, model: type[Segment] | type[Trait], key: str) -> None:
        self.model, self.key = model, key
        self.names: dict[str, str] | None = None

    def __call__(self, key: str) -> str:
        if self.names is None:
            self.names = dict(self.model._default_manager.values_list(self.key, "name"))
        return self.names.get(key) or key


def _has_audience(model: type[Model]) -> bool:
    fields = {field.name: field for field in model._meta.concrete_fields}
    is_named = isinstance(fields.get("uuid"), UUIDField) and "name" in fields
    return is_named and not model._meta.proxy and isinstance(fields.get("audience"), RuleField)


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:  # the name of a variant that a template has
        return False
