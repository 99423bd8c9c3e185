"""The experiments' screen."""

from django.urls import reverse

from personalize.models import Experiment
from tests.factories import ArmFactory, ExperimentFactory, SlotFactory, VariantFactory


def press(experiment, button):
    return reverse("admin:personalize_experiment_press", args=[experiment.pk, button])


def with_arms(**fields):
    experiment = ExperimentFactory(**fields)
    ArmFactory(experiment=experiment)
    ArmFactory(experiment=experiment, variant_uuid=VariantFactory(slot=experiment.slot).uuid)
    return experiment


def test_the_button_starts_and_stops(owner):
    experiment = with_arms()

    owner.post(press(experiment, "start"))
    experiment.refresh_from_db()
    assert experiment.is_running
    assert experiment.started_at

    owner.post(press(experiment, "stop"))
    experiment.refresh_from_db()
    assert experiment.status == Experiment.Status.STOPPED


def test_an_experiment_without_two_arms_does_not_start_and_says_why(owner):
    experiment = ExperimentFactory()

    page = owner.post(press(experiment, "start"), follow=True)

    assert "at least two arms" in page.content.decode()
    experiment.refresh_from_db()
    assert not experiment.is_running


def test_only_one_experiment_runs_in_a_slot(owner):
    slot = SlotFactory()
    with_arms(slot=slot, status=Experiment.Status.RUNNING)

    page = owner.post(press(with_arms(slot=slot), "start"), follow=True)

    assert "Another experiment is running" in page.content.decode()


def test_arms_are_chosen_by_the_names_of_variants_and_stay_while_it_runs(owner):
    experiment = with_arms()
    address = reverse("admin:personalize_experiment_change", args=[experiment.pk])
    choice = 'name="arms-0-variant_uuid"'

    assert choice in owner.get(address).content.decode()
    owner.post(press(experiment, "start"))
    assert choice not in owner.get(address).content.decode()


def test_a_running_experiment_is_not_deleted(owner):
    experiment = with_arms(status=Experiment.Status.RUNNING)

    answer = owner.post(
        reverse("admin:personalize_experiment_delete", args=[experiment.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert Experiment.objects.exists()
