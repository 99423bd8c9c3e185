"""The configuration goes from one site to another, whole or not at all."""

import copy

import pytest

from personalize import revisions
from personalize.configuration.load import InvalidConfiguration, load
from personalize.configuration.sections import exported
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
from personalize.profile.store import current_plan_version
from tests import factories

pytestmark = pytest.mark.django_db

VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
KEEN = {
    "combinator": "and",
    "rules": [{"field": "behaviour", "behaviour": VIEWS, "operator": ">", "value": 2}],
}
IN_KEEN = {
    "combinator": "and",
    "rules": [{"field": "segments", "operator": "contains", "value": "keen"}],
}


def fill() -> None:
    factories.SegmentFactory(name="Keen", slug="keen", rule=KEEN)
    factories.SegmentFactory(name="A keener one", slug="a-keener", rule=IN_KEEN)
    variant = factories.VariantFactory(audience=IN_KEEN, is_live=True)
    experiment = factories.ExperimentFactory(slot=variant.slot, traffic_percent="12.50")
    for key, uuid in (("warm", variant.uuid), ("control", None)):
        factories.ArmFactory(experiment=experiment, key=key, variant_uuid=uuid)
    factories.SourceFactory(name="shop")
    CleaningPolicy.objects.create(source="shop", currency="EUR")
    EventDefinition.objects.create(name="Brochure Downloaded", status="adopted")


def forget() -> None:
    for model in (Experiment, Variant, Slot, Segment, Trait, Source, CleaningPolicy):
        model.objects.all().delete()
    EventDefinition.objects.all().delete()


@pytest.fixture
def document():
    fill()
    return exported()


def faults_of(document) -> str:
    before = exported()
    with pytest.raises(InvalidConfiguration) as raised:
        load(document)
    assert exported() == before
    return str(raised.value)


def test_an_empty_site_becomes_the_same(document) -> None:
    forget()

    differences = load(document)

    assert exported() == document
    assert all(each.is_new for each in differences)
    assert [arm.key for arm in Arm.objects.all()] == ["warm", "control"]
    assert load(document) == []


def test_what_is_the_same_is_not_touched(document) -> None:
    version = current_plan_version()
    before = Segment.objects.get(slug="keen").updated_at
    assert load(document) == []
    assert Segment.objects.get(slug="keen").updated_at == before
    assert current_plan_version() == version


def test_a_difference_names_the_field_with_both_values(document) -> None:
    Segment.objects.filter(slug="keen").update(name="Eager")
    [difference] = load(document)
    assert (difference.section, difference.key, difference.is_new) == ("segments", "keen", False)
    assert difference.fields == (("name", "Eager", "Keen"),)
    assert Segment.objects.get(slug="keen").name == "Keen"


def test_a_trial_changes_nothing(document) -> None:
    forget()
    empty = exported()
    assert len(load(document, is_trial=True)) == sum(
        len(rows) for name, rows in document.items() if name != "format"
    )
    assert exported() == empty


def test_rows_that_the_document_does_not_name_stay(document) -> None:
    factories.SegmentFactory(slug="own")
    load(document)
    assert Segment.objects.filter(slug="own").exists()


def test_a_write_key_does_not_travel(document) -> None:
    key = Source.objects.get().key_hash
    forget()
    load(document)
    assert Source.objects.get().key_hash not in ("", key)
    assert key not in str(document)


def test_an_experiment_arrives_as_a_draft(document) -> None:
    Experiment.objects.update(status="running")
    document = exported()
    forget()
    load(document)
    assert Experiment.objects.get().status == "draft"


def test_an_experiment_that_runs_here_is_not_moved(document) -> None:
    Experiment.objects.update(status="running")
    document["experiments"][0]["traffic_percent"] = "50.00"
    assert "experiments[0]: the experiment runs here" in faults_of(document)


WRONG = {
    "format: expected": lambda d: d.update(format="2"),
    "people: no such section.": lambda d: d.update(people=[]),
    "slots: expected a list.": lambda d: d.update(slots={}),
    "segments[1].slug: expected a text.": lambda d: d["segments"][1].pop("slug"),
    "segments[1].slug: there are two": lambda d: d["segments"][1].update(slug="a-keener"),
    "segments[0].colour: no such field.": lambda d: d["segments"][0].update(colour="red"),
    "segments[0].name: Expected a text.": lambda d: d["segments"][0].update(name=7),
    "segments[1].rule: rules[0].operator": lambda d: d["segments"][1]["rule"]["rules"][0].update(
        operator="near"
    ),
    "segments[0].rule: rules[0].value: expected the slug of another segment": (
        lambda d: d["segments"][0]["rule"]["rules"][0].update(value="nobody")
    ),
    "segments[0].kind": lambda d: d["segments"][0].update(kind="guess"),
    "variants[0].slot: There is no slot": lambda d: d["variants"][0].update(slot="nowhere"),
    "variants[0].uuid": lambda d: d["variants"][0].update(uuid="7"),
    "variants[0].starts_at": lambda d: d["variants"][0].update(starts_at="soon"),
    "variants[0].ends_at: Expected a moment": lambda d: d["variants"][0].update(ends_at=5),
    "'no\\x00thing': expected": lambda d: d["variants"][0].update(name="no\x00thing"),
    "'half \\ud800': expected": lambda d: d["slots"][0].update(schema={"half \ud800": 1}),
    "variants[0].content": lambda d: d["variants"][0].update(content=""),
    "traits[0].key: expected": lambda d: d["traits"][0].update(key="b_0123456789abcdef"),
    "traits[0].behaviour.": lambda d: d["traits"][0]["behaviour"].update(aggregate="guess"),
    "policies[0].currency": lambda d: d["policies"][0].update(currency="euro"),
    "experiments[0].arms[1].weight": lambda d: d["experiments"][0]["arms"][1].update(weight="x"),
    "experiments[0].traffic_percent": lambda d: d["experiments"][0].update(traffic_percent="101"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_names_its_path_and_nothing_is_changed(document, fault) -> None:
    wrong = copy.deepcopy(document)
    wrong["segments"][0]["name"] = "Would be changed"
    WRONG[fault](wrong)
    assert fault in faults_of(wrong)


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_what_is_no_document_is_refused(document) -> None:
    with pytest.raises(InvalidConfiguration):
        load(document)


def test_all_faults_are_told_at_once(document) -> None:
    wrong = copy.deepcopy(document)
    wrong["segments"][0]["kind"] = wrong["policies"][0]["currency"] = "eur"
    assert faults_of(wrong).count("\n") == 1


def test_it_is_a_change_that_can_be_undone(document) -> None:
    Segment.objects.filter(slug="keen").update(name="Eager")
    editor = factories.UserFactory()
    load(document, by=editor)
    segment = Segment.objects.get(slug="keen")
    newest, before = revisions.changes(segment)
    assert newest.by == editor
    revisions.restore(before.version, model=Segment, by=editor)
    assert Segment.objects.get(slug="keen").name == "Eager"
