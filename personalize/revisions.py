"""The history of the editors' configuration: who changed what and when, and how to undo it.

It is kept by django-reversion where the site has installed it, and not at all elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

import reversion
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from personalize.models import (
    Arm,
    CleaningPolicy,
    EventDefinition,
    Experiment,
    Segment,
    Slot,
    Source,
    Trait,
    Variant,
)

DELETED = "deleted"  # the comment of a change that is a deletion

# What is no configuration, or does not come back: a secret, a count, a state of this site.
NOT_KEPT: Mapping[type[models.Model], tuple[str, ...]] = {
    Segment: (),
    Trait: ("backfilled_at",),
    Slot: (),
    Variant: (),
    Experiment: (),
    Arm: (),
    EventDefinition: ("volume", "first_seen_at", "last_seen_at"),
    Source: ("key_hash", "key_hint"),
    CleaningPolicy: (),
}
FOLLOWED: Mapping[type[models.Model], tuple[str, ...]] = {
    Experiment: ("arms",)
}  # a change of theirs is one of the row
NOT_RESTORED = frozenset({"id", "created_at", "updated_at", "status", "started_at"})
OWN_WORDS = {"id", "uuid", "created_at", "updated_at"}  # said in no difference


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that a change has changed; `before` is None where nothing is known."""

    field: Any
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changed of one row in one go."""

    version: int
    at: datetime
    by: Any
    is_deletion: bool
    differences: tuple[Difference, ...]


def is_kept() -> bool:
    """Return whether the site keeps a history."""
    return apps.is_installed("reversion")


def keep_history() -> None:
    """Let changes of the configuration be noted; called when the site starts."""
    for model, excluded in NOT_KEPT.items():
        if not reversion.is_registered(model):
            reversion.register(model, exclude=excluded, follow=FOLLOWED.get(model, ()))


@contextmanager
def recorded(*, by: Any = None) -> Iterator[None]:
    """Let what is saved in here be one change, all or nothing. `by` may be set later: `sign`."""
    if not is_kept():
        yield
        return
    with reversion.create_revision():
        sign(by)
        yield


def sign(by: Any) -> None:
    """Say who makes the change that is being recorded."""
    if is_kept() and reversion.is_active() and getattr(by, "is_authenticated", False):
        reversion.set_user(by)


def note_before(rows: Iterable[models.Model]) -> None:
    """Keep rows as they are that have no history yet, so that their first change can be undone."""
    if not is_kept():
        return
    unknown = [row for row in rows if not _versions(type(row), row.pk).exists()]
    if unknown:
        with reversion.create_revision():
            for row in unknown:
                reversion.add_to_revision(row)


def note_deletion(row: models.Model, *, by: Any) -> None:
    """Keep a row, and what goes with it, right before it is deleted."""
    if not is_kept() or type(row) not in NOT_KEPT:
        return
    with reversion.create_revision():
        sign(by)
        reversion.set_comment(DELETED)
        reversion.add_to_revision(row)
        for variant in row.variants.all() if isinstance(row, Slot) else ():
            reversion.add_to_revision(variant)


def changes(row: models.Model) -> list[Change]:
    """Return the row's changes, the newest first."""
    if not is_kept():
        return []
    versions = list(_versions(type(row), row.pk).select_related("revision__user"))
    arms = _arms(versions) if isinstance(row, Experiment) else {}
    states = [_state(version, arms) for version in versions]
    return [
        _change(version, type(row), before, after)
        for version, after, before in zip_longest(versions, states, states[1:])
    ]


def deleted(model: type[models.Model]) -> list[tuple[str, Change]]:
    """Return the rows of the model that were deleted, by name, the newest first."""
    if not is_kept():
        return []
    from reversion.models import Version  # noqa: PLC0415  # exists only where it is installed

    versions = Version.objects.get_deleted(model).select_related("revision__user")
    return [(str(each), _change(each, model, None, None)) for each in versions]


@transaction.atomic
def restore(version_pk: int, *, model: type[models.Model], by: Any) -> models.Model:
    """Give a row the state of a version again, or bring back one that was deleted.

    That is a change of its own. Variants that come back with their slot do so as drafts, unless
    who brings them back may publish. Raises ValidationError when the state does not fit any more.
    """
    version = _versions(model).select_related("revision").get(pk=version_pk)
    row = model._default_manager.filter(pk=version.object_id).first()
    if isinstance(row, Experiment) and row.is_running:
        raise ValidationError(_("The experiment runs: stop it first."))
    with recorded(by=by):
        restored = _restored(version, row)
        if isinstance(restored, Experiment):
            for arm in _arms([version])[version.revision_id]:
                _restored(arm, None)
        elif isinstance(restored, Slot) and row is None:
            left_out = NOT_RESTORED if may_publish(by) else NOT_RESTORED | {"is_live"}
            for variant in _gone_with(version):
                _restored(variant, None, left_out=left_out)
    return restored


def may_publish(by: Any) -> bool:
    """Return whether the person may make a variant live."""
    return bool(by and by.has_perm("personalize.publish_variant"))


def state_of(version_pk: int, *, model: type[models.Model]) -> dict[str, Any]:
    """Return the values that a version of a row has."""
    values: dict[str, Any] = _versions(model).get(pk=version_pk).field_dict
    return values


def _restored(
    version: Any, row: models.Model | None, *, left_out: frozenset[str] = NOT_RESTORED
) -> models.Model:
    model: Any = version._model
    is_new = row is None
    if row is None:
        row = model(pk=version.object_id)
        if isinstance(row, Source):
            row.renew_key()  # what the old one was nobody knows, nor should it work again
    for name, value in version.field_dict.items():
        if name not in left_out:
            setattr(row, name, value)
    if isinstance(row, Experiment) and not is_new:
        row.arms.all().delete()
    row.full_clean(exclude=["key_hash"], validate_unique=True)
    row.save(force_insert=is_new)
    return row


def _versions(model: type[models.Model], pk: Any = None) -> Any:
    from reversion.models import Version  # noqa: PLC0415

    kind = ContentType.objects.get_for_model(model)
    versions = Version.objects.filter(content_type=kind).order_by("-pk")
    return versions if pk is None else versions.filter(object_id=str(pk))


def _arms(versions: Iterable[Any]) -> Mapping[int, list[Any]]:
    """Return, by revision, the versions of an experiment's arms as they were, in their order."""
    owners = {each.revision_id: int(each.object_id) for each in versions}
    found: dict[int, list[Any]] = {revision: [] for revision in owners}
    for arm in reversed(_versions(Arm).filter(revision_id__in=owners)):
        if arm.field_dict["experiment_id"] == owners[arm.revision_id]:
            found[arm.revision_id].append(arm)
    return found


def _gone_with(version: Any) -> list[Any]:
    """Return the versions of variants that were deleted with their slot."""
    found = _versions(Variant).filter(revision_id=version.revision_id)
    there = set(Variant.objects.values_list("pk", flat=True))
    return [each for each in found if int(each.object_id) not in there]


def _state(version: Any, arms: Mapping[int, list[Any]]) -> dict[str, Any]:
    values: dict[str, Any] = dict(version.field_dict)
    if version._model is Experiment:
        values["arms"] = [
            {name: each.field_dict[name] for name in ("key", "variant_uuid", "weight")}
            for each in arms[version.revision_id]
        ]
    return values


def _change(
    version: Any,
    model: type[models.Model],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> Change:
    revision = version.revision
    known = before or {}
    found = tuple(
        Difference(model._meta.get_field(name.removesuffix("_id")), known.get(name), value)
        for name, value in (after or {}).items()
        if name not in OWN_WORDS and before is not None and known.get(name) != value
    )
    is_deletion = revision.comment == DELETED
    return Change(version.pk, revision.date_created, revision.user, is_deletion, found)
