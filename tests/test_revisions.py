"""Every change of the configuration is kept, and undone."""

import pytest
from django.core.exceptions import ValidationError
from reversion.models import Version

from personalize import revisions
from personalize.models import Arm, Experiment, Segment, Slot, Source, Variant
from tests.factories import (
    ArmFactory,
    ExperimentFactory,
    SegmentFactory,
    SourceFactory,
    UserFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return UserFactory(username="editor")


def change(row, by=None, **values):
    revisions.note_before([row])
    with revisions.recorded(by=by):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def delete(row, by=None):
    revisions.note_deletion(row, by=by)
    row.delete()


def restore(row, change_number, by=None):
    version = revisions.changes(row)[change_number].version
    return revisions.restore(version, model=type(row), by=by)


def test_a_change_tells_who_and_what_from_what_to_what(editor) -> None:
    segment = SegmentFactory(name="Keen")
    change(segment, by=editor, name="Very keen", is_live=False)

    newest, first = revisions.changes(segment)

    assert newest.by == editor
    assert {(each.field.name, each.before, each.after) for each in newest.differences} == {
        ("name", "Keen", "Very keen"),
        ("is_live", True, False),
    }
    assert first.differences == ()


def test_a_row_gets_an_earlier_state_again_and_that_is_a_change_too(editor) -> None:
    segment = SegmentFactory(name="Keen")
    change(segment, name="Very keen")

    restore(segment, 1, by=editor)

    segment.refresh_from_db()
    assert segment.name == "Keen"
    assert revisions.changes(segment)[0].by == editor
    restore(segment, 1)
    segment.refresh_from_db()
    assert segment.name == "Very keen"


def test_a_deleted_row_comes_back_as_the_same(editor) -> None:
    variant = VariantFactory(name="Welcome")
    pk, uuid = variant.pk, variant.uuid
    delete(variant, by=editor)

    [(name, gone)] = revisions.deleted(Variant)
    revisions.restore(gone.version, model=Variant, by=editor)

    assert name.endswith("Welcome")
    assert (gone.by, gone.is_deletion) == (editor, True)
    assert Variant.objects.get(pk=pk).uuid == uuid
    assert revisions.deleted(Variant) == []


def test_a_slot_comes_back_with_its_variants() -> None:
    variant = VariantFactory()
    slot = variant.slot
    delete(slot)
    assert not Variant.objects.exists()

    [(_, gone)] = revisions.deleted(Slot)
    revisions.restore(gone.version, model=Slot, by=None)

    assert Variant.objects.get().slot.key == slot.key


def test_an_experiment_comes_back_with_its_arms_in_their_order() -> None:
    experiment = ExperimentFactory()
    for key in ("control", "warm", "warmer"):
        ArmFactory(experiment=experiment, key=key)
    delete(experiment)

    [(_, gone)] = revisions.deleted(Experiment)
    revisions.restore(gone.version, model=Experiment, by=None)

    assert [arm.key for arm in Experiment.objects.get().arms.all()] == ["control", "warm", "warmer"]


def test_arms_are_part_of_an_experiments_change() -> None:
    experiment = ExperimentFactory()
    arm = ArmFactory(experiment=experiment, key="warm", weight=1)
    revisions.note_before([experiment])
    with revisions.recorded():
        experiment.save()
        arm.weight = 3
        arm.save()
        ArmFactory(experiment=experiment, key="control")

    [changed] = revisions.changes(experiment)[0].differences
    assert [each["weight"] for each in changed.before] == [1]
    assert sorted(each["weight"] for each in changed.after) == [1, 3]

    restore(experiment, 1)
    assert [(arm.key, arm.weight) for arm in Arm.objects.all()] == [("warm", 1)]


def test_an_experiment_that_runs_is_not_moved() -> None:
    experiment = ExperimentFactory()
    change(experiment, name="Another")
    Experiment.objects.update(status="running")

    with pytest.raises(ValidationError, match="stop it first"):
        restore(experiment, 1)


def test_what_does_not_fit_any_more_is_refused_and_changes_nothing() -> None:
    other = SegmentFactory(slug="other")
    rule = {
        "combinator": "and",
        "rules": [{"field": "segments", "operator": "=", "value": "other"}],
    }
    segment = SegmentFactory(rule=rule)
    change(segment, rule={}, name="Anybody")
    other.delete()

    with pytest.raises(ValidationError, match="another segment"):
        restore(segment, 1)

    assert Segment.objects.get().name == "Anybody"


def test_a_source_that_comes_back_has_a_key_that_nobody_knows() -> None:
    source = SourceFactory(name="shop")
    before = source.key_hash
    delete(source)

    [(_, gone)] = revisions.deleted(Source)
    revisions.restore(gone.version, model=Source, by=None)

    assert Source.objects.get().key_hash not in ("", before)
    assert "key_hash" not in Version.objects.first().field_dict


def test_what_is_saved_outside_is_no_change() -> None:
    SegmentFactory()
    assert not Version.objects.exists()


def test_a_site_without_the_library_works_and_keeps_nothing(monkeypatch) -> None:
    monkeypatch.setattr(revisions, "is_kept", lambda: False)
    segment = SegmentFactory(name="Keen")
    change(segment, name="Very keen")
    assert revisions.changes(segment) == []
    delete(segment)
    assert revisions.deleted(Segment) == []
