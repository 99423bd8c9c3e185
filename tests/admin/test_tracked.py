"""The history's screens: what changed, undone by one click, and what was deleted."""

from django.urls import reverse

from personalize import revisions
from personalize.models import EventDefinition, Experiment, Segment, Slot, Variant
from tests.factories import ArmFactory, ExperimentFactory, SegmentFactory, VariantFactory

RULE = '{"combinator": "and", "rules": [{"field": "context.device", "operator": "=", "value": "phone"}]}'  # noqa: E501


def save(client, segment, **values):
    form = {"name": segment.name, "kind": "rule", "is_live": "on", "rule": "{}", **values}
    address = reverse("admin:personalize_segment_change", args=[segment.pk])
    answer = client.post(address, form)
    assert answer.status_code == 302, answer.context["errors"]


def history(client, row) -> str:
    name = row._meta.model_name
    return client.get(reverse(f"admin:personalize_{name}_history", args=[row.pk])).content.decode()


def restore(client, row, version):
    name = row._meta.model_name
    return client.post(reverse(f"admin:personalize_{name}_restore", args=[version]), follow=True)


def test_the_history_says_who_changed_what_in_words(owner):
    segment = SegmentFactory(name="Keen")
    save(owner, segment, name="Phones", rule=RULE)

    page = history(owner, segment)

    assert all(part in page for part in ("Keen", "Phones", "phone", "editor", "Undo this change"))


def test_one_click_undoes_a_change_to_a_row_that_had_no_history(owner):
    segment = SegmentFactory(name="Keen")
    save(owner, segment, name="Phones", rule=RULE)

    answer = restore(owner, segment, revisions.changes(segment)[1].version)

    segment.refresh_from_db()
    assert (segment.name, segment.rule) == ("Keen", {})
    assert "is as it was" in answer.content.decode()


def test_what_was_deleted_is_listed_and_brought_back(owner):
    segment = SegmentFactory(name="Keen")
    owner.post(reverse("admin:personalize_segment_delete", args=[segment.pk]), {"post": "yes"})
    assert not Segment.objects.exists()

    page = owner.get(reverse("admin:personalize_segment_deleted")).content.decode()
    assert "Bring Keen back" in page
    [(_, gone)] = revisions.deleted(Segment)
    restore(owner, segment, gone.version)
    assert Segment.objects.get().name == "Keen"


def test_the_action_on_many_keeps_each(owner):
    rows = [SegmentFactory() for _ in range(3)]
    owner.post(
        reverse("admin:personalize_segment_changelist"),
        {"action": "delete_selected", "_selected_action": [r.pk for r in rows], "post": "yes"},
    )
    assert len(revisions.deleted(Segment)) == 3


def test_a_button_is_a_change_too(owner):
    event = EventDefinition.objects.create(name="Brochure Downloaded")
    owner.post(reverse("admin:personalize_eventdefinition_press", args=[event.pk, "adopt"]))
    assert "Adopted" in history(owner, event)


def test_an_experiments_arms_are_in_its_history(owner):
    experiment = ExperimentFactory()
    for key in ("control", "warm"):
        ArmFactory(experiment=experiment, key=key)
    owner.post(reverse("admin:personalize_experiment_press", args=[experiment.pk, "start"]))
    assert Experiment.objects.get().is_running
    assert "Running" in history(owner, experiment)


def test_a_reader_sees_the_history_and_changes_nothing(owner, staff):
    segment = SegmentFactory(name="Keen")
    save(owner, segment, name="Phones")
    reader = staff("view_segment")

    assert "Undo this change" not in history(reader, segment)
    version = revisions.changes(segment)[1].version
    assert restore(reader, segment, version).status_code == 403
    assert reader.get(reverse("admin:personalize_segment_deleted")).status_code == 403


def test_to_make_a_variant_live_again_takes_the_permission_to_publish(staff):
    variant = VariantFactory(is_live=True)
    revisions.note_before([variant])
    with revisions.recorded():
        variant.is_live = False
        variant.save()
    version = revisions.changes(variant)[1].version

    assert restore(staff("change_variant", "view_variant"), variant, version).status_code == 403
    restore(staff("change_variant", "view_variant", "publish_variant"), variant, version)
    assert Variant.objects.get().is_live


def test_restoring_takes_a_post(owner):
    segment = SegmentFactory()
    revisions.note_before([segment])
    version = revisions.changes(segment)[0].version
    address = reverse("admin:personalize_segment_restore", args=[version])
    assert owner.get(address).status_code == 405
    unknown = reverse("admin:personalize_segment_restore", args=[version + 1])
    assert owner.post(unknown).status_code == 404


def test_a_row_that_never_changed_has_an_empty_history(owner):
    assert "Nothing has changed" in history(owner, SegmentFactory())


def test_live_variants_come_back_with_their_slot_as_drafts_unless_one_may_publish(staff):
    slot = VariantFactory(is_live=True).slot
    for permissions, is_live in ((["add_slot"], False), (["add_slot", "publish_variant"], True)):
        Variant.objects.update(is_live=True)
        revisions.note_deletion(slot, by=None)
        slot.delete()
        [(_, gone)] = revisions.deleted(Slot)
        restore(staff("view_slot", "change_slot", *permissions), slot, gone.version)

        slot = Slot.objects.get()
        assert Variant.objects.get().is_live == is_live


def test_a_long_history_takes_no_more_queries(owner, django_assert_max_num_queries):
    experiment = ExperimentFactory()
    ArmFactory(experiment=experiment, key="control")
    for number in range(20):
        with revisions.recorded():
            experiment.name = f"Trial {number}"
            experiment.save()

    with django_assert_max_num_queries(15):
        assert "Trial 19" in history(owner, experiment)
