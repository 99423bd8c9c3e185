"""Experiments: what they need to start, and what may not happen while they run."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from personalize.models import Experiment
from tests.factories import NOON, ArmFactory, ExperimentFactory

pytestmark = pytest.mark.django_db
Status = Experiment.Status


@pytest.fixture
def experiment() -> Experiment:
    """A draft with two arms of equal weight."""
    draft = ExperimentFactory()
    ArmFactory(experiment=draft, key="control")
    ArmFactory(experiment=draft, key="bold")
    return draft


def stored(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def test_a_draft_with_two_arms_starts_and_stops(experiment):
    assert not experiment.is_running
    experiment.start(at=NOON)
    assert stored(experiment).is_running
    assert stored(experiment).started_at == NOON
    experiment.stop()
    assert stored(experiment).status == Status.STOPPED


def test_an_experiment_that_starts_again_keeps_its_first_start(experiment):
    experiment.start(at=NOON)
    experiment.stop()
    experiment.start(at=NOON + timedelta(days=1))
    assert stored(experiment).is_running
    assert stored(experiment).started_at == NOON


@pytest.mark.parametrize("status", [Status.RUNNING, Status.DECIDED])
def test_what_runs_or_is_decided_cannot_start(experiment, status):
    experiment.status = status
    with pytest.raises(ValidationError, match="draft or a stopped"):
        experiment.start(at=NOON)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.STOPPED, Status.DECIDED])
def test_only_what_runs_can_stop(experiment, status):
    experiment.status = status
    with pytest.raises(ValidationError, match="running"):
        experiment.stop()
    assert stored(experiment).status == Status.DRAFT


def test_an_arm_without_weight_does_not_count_as_one(experiment):
    experiment.arms.filter(key="bold").update(weight=0)
    with pytest.raises(ValidationError, match="two arms"):
        experiment.start(at=NOON)
    assert stored(experiment).status == Status.DRAFT


def test_a_slot_runs_one_experiment_at_a_time(experiment):
    other = ExperimentFactory(slot=experiment.slot, status=Status.RUNNING)
    with pytest.raises(ValidationError, match="stop it first"):
        experiment.start(at=NOON)
    other.stop()
    experiment.start(at=NOON)
    assert stored(experiment).is_running


def test_another_slots_experiment_does_not_matter(experiment):
    ExperimentFactory(status=Status.RUNNING)
    experiment.start(at=NOON)
    assert stored(experiment).is_running


def test_two_that_start_at_the_same_moment_are_told_apart_by_the_database(experiment):
    ExperimentFactory(slot=experiment.slot, status=Status.RUNNING)
    with pytest.raises(IntegrityError):
        Experiment.objects.filter(pk=experiment.pk).update(status=Status.RUNNING)


def test_every_experiment_has_a_seed_of_its_own():
    assert ExperimentFactory().uuid != ExperimentFactory().uuid


@pytest.mark.parametrize("share", ["-0.01", "100.01", "33.333"])
def test_a_share_of_traffic_is_a_percentage_of_two_decimals(experiment, share):
    experiment.traffic_percent = Decimal(share)
    with pytest.raises(ValidationError) as refused:
        experiment.full_clean()
    assert list(refused.value.error_dict) == ["traffic_percent"]


def test_an_audience_that_is_no_rule_is_refused(experiment):
    experiment.audience = {"combinator": "xor", "rules": []}
    with pytest.raises(ValidationError) as refused:
        experiment.full_clean()
    assert list(refused.value.error_dict) == ["audience"]


def test_arms_keep_the_order_in_which_they_were_added(experiment):
    ArmFactory(experiment=experiment, key="a")
    assert [str(arm) for arm in experiment.arms.all()] == ["control", "bold", "a"]


def test_an_arms_key_stands_once_in_its_experiment(experiment):
    ArmFactory(key="bold")
    with pytest.raises(IntegrityError):
        ArmFactory(experiment=experiment, key="bold")
