"""A document of the configuration into this site: all of it or, when it has faults, nothing.

Rows that are not there are made, those that differ are changed, and those that the document does
not name stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from personalize import revisions
from personalize.configuration.sections import (
    ARMS,
    FORMAT,
    SECTIONS,
    Section,
    document_of,
    told,
)
from personalize.models import Arm, Experiment, Slot, Source, Trait
from personalize.rules.fields import Unexpected
from personalize.rules.syntax import InvalidRule, parse_behaviour
from personalize.rules.values import checked_text


class InvalidConfiguration(ValueError):
    """The document has faults; each names its path, such as `segments[2].rule`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is new here, or whose `fields` (name, before, after) differ."""

    section: str
    key: str
    is_new: bool
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(slots=True)
class _Loading:
    faults: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)  # rows that were there before
    loaded: list[tuple[str, Any]] = field(default_factory=list)


def load(document: Any, *, is_trial: bool = False, by: Any = None) -> list[Difference]:
    """Load the document and return what differed. A trial changes nothing.

    Raises InvalidConfiguration, with all faults, and then nothing has changed.
    """
    with transaction.atomic():
        trial = _loaded(document)
        transaction.set_rollback(True)
    if not is_trial and trial.differences:
        revisions.note_before(type(row).objects.get(pk=row.pk) for row in trial.changed)
        with transaction.atomic(), revisions.recorded(by=by):
            return _loaded(document).differences
    return trial.differences


def _loaded(document: Any) -> _Loading:
    loading = _Loading()
    _check_shape(document, loading.faults)
    if not loading.faults:
        for section in SECTIONS:
            for path, item in _items(section, document, loading.faults):
                _load_row(section, item, path, loading)
        for path, row in loading.loaded:  # what refers to other rows, when all are there
            loading.faults += _faults_of(row.clean, path)
    if loading.faults:
        raise InvalidConfiguration(loading.faults)
    return loading


def _check_shape(document: Any, faults: list[str]) -> None:
    if not isinstance(document, dict):
        faults.append(_("Expected an object with the sections of a configuration."))
        return
    if document.get("format") != FORMAT:
        faults.append(f"format: {_('expected')} {FORMAT!r}.")
    known = {"format", *(section.name for section in SECTIONS)}
    faults += [f"{name}: {_('no such section.')}" for name in document if name not in known]
    faults += [
        f"{name}: {_('expected a list.')}"
        for name, items in document.items()
        if name in known - {"format"} and not isinstance(items, list)
    ]
    for text in _texts(document):
        try:
            checked_text(text, limit=len(text))
        except Unexpected as error:  # no database takes it
            faults.append(f"{text!a}: {error}")


def _texts(document: Any) -> Iterator[str]:
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += [*value, *value.values()]
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str):
            yield value


def _items(
    section: Section, document: dict[str, Any], faults: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the items of a section that have a key of their own, with their paths."""
    seen = set()
    for place, item in enumerate(document.get(section.name, [])):
        path = f"{section.name}[{place}]"
        key = item.get(section.key) if isinstance(item, dict) else None
        if not isinstance(key, str) or not key:
            faults.append(f"{path}.{section.key}: {_('expected a text.')}")
        elif key in seen:
            faults.append(f"{path}.{section.key}: {_('there are two of this name.')}")
        else:
            seen.add(key)
            yield path, item


def _load_row(section: Section, item: dict[str, Any], path: str, loading: _Loading) -> None:
    faults = loading.faults
    before = len(faults)
    row, is_new = _found(section, item, path, faults)
    if row is None:
        return
    earlier = {} if is_new else document_of(section, row)
    given = {name: value for name, value in item.items() if name != section.key}
    arms = given.pop("arms", None) if isinstance(row, Experiment) else None
    _set(section, row, given, path, faults)
    faults += _faults_of(lambda: row.clean_fields(exclude=["key_hash", "key_hint"]), path)
    if isinstance(row, Trait):
        faults += _behaviour_faults(row, path)
    if len(faults) > before:
        return
    later = {**{name: told(each, row) for name, each in section.fields.items()}}
    if arms is not None:
        later["arms"] = arms
    fields = tuple(
        (name, earlier.get(name), value)
        for name, value in later.items()
        if is_new or earlier.get(name) != value
    )
    if isinstance(row, Experiment) and row.is_running and {name for name, *_ in fields} - {"name"}:
        faults.append(f"{path}: {_('the experiment runs here; stop it first.')}")
    elif fields:
        _save(row, arms if "arms" in {name for name, *_ in fields} else None, path, loading)
        loading.differences.append(Difference(section.name, str(item[section.key]), is_new, fields))
        loading.loaded.append((path, row))
        if not is_new:
            loading.changed.append(row)


def _found(
    section: Section, item: dict[str, Any], path: str, faults: list[str]
) -> tuple[Any, bool]:
    """Return the row of the item's key, or one to be made."""
    try:
        key = section.key_field.to_python(item[section.key])
    except ValidationError as error:
        faults.append(f"{path}.{section.key}: {' '.join(error.messages)}")
        return None, False
    row = section.model.objects.filter(**{section.key: key}).first()
    if row:
        return row, False
    row = section.model(**{section.key: key})
    if isinstance(row, Source):
        row.renew_key()  # nobody knows it; the admin replaces it by one that is shown
    return row, True


def _set(section: Section, row: Any, given: dict[str, Any], path: str, faults: list[str]) -> None:
    fields = section.fields
    for name, value in given.items():
        if name not in fields:
            faults.append(f"{path}.{name}: {_('no such field.')}")
            continue
        try:
            setattr(row, name, _python(fields[name], value))
        except ValidationError as error:
            faults.append(f"{path}.{name}: {' '.join(error.messages)}")
    for name, each in fields.items():
        if isinstance(each, models.ForeignKey) and getattr(row, each.attname) is None:
            faults.append(f"{path}.{name}: {_('expected the key of a slot.')}")


def _python(field: Any, value: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        slot = Slot.objects.filter(key=str(value)).first()
        if slot is None:
            raise ValidationError(_("There is no slot of this key."))
        return slot
    if isinstance(field, models.JSONField):
        return value
    is_text = isinstance(value, str)
    if isinstance(field, models.CharField | models.TextField) and not is_text:
        raise ValidationError(_("Expected a text."))
    if isinstance(field, models.DateTimeField) and not (is_text or value is None):
        raise ValidationError(_("Expected a moment such as 2026-01-31T09:00:00Z."))
    found = field.to_python(value)
    if isinstance(field, models.DecimalField) and isinstance(found, Decimal):
        return found.quantize(Decimal(1).scaleb(-field.decimal_places))
    return found


def _behaviour_faults(trait: Trait, path: str) -> list[str]:
    if trait.kind != Trait.Kind.COMPUTED:
        return []
    try:
        key = parse_behaviour(trait.behaviour).key
    except InvalidRule as error:
        return [f"{path}.behaviour.{fault}" for fault in error.faults]
    if trait.key == key:
        return []
    return [f"{path}.key: {_('expected')} {key!r}, {_('which its behaviour makes.')}"]


def _save(row: Any, arms: Any, path: str, loading: _Loading) -> None:
    faults = [
        *_faults_of(row.validate_unique, path),
        *_faults_of(row.validate_constraints, path),
    ]
    loading.faults += faults
    if faults:
        return
    row.save()
    if arms is not None:
        _save_arms(row, arms, path, loading.faults)


def _save_arms(experiment: Experiment, arms: Any, path: str, faults: list[str]) -> None:
    """Replace the arms as a whole; their order is part of the assignment."""
    experiment.arms.all().delete()
    for arm_path, item in _items(
        ARMS, {"arms": arms if isinstance(arms, list) else [None]}, faults
    ):
        arm, before = Arm(experiment=experiment, key=item["key"]), len(faults)
        given = {name: value for name, value in item.items() if name != "key"}
        _set(ARMS, arm, given, f"{path}.{arm_path}", faults)
        faults += _faults_of(arm.clean_fields, f"{path}.{arm_path}")
        if len(faults) == before:
            arm.save()


def _faults_of(check: Any, path: str) -> list[str]:
    try:
        check()
    except ValidationError as error:
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return [
            f"{path}{'.' if name.strip('_') and name != '__all__' else ''}"
            f"{'' if name == '__all__' else name}: {message}"
            for name, messages in by_field.items()
            for message in messages
        ]
    return []
