"""The management API."""

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.models import Experiment, Segment, Slot, Trait, Variant
from personalize.profile.profile import Profile, encode
from tests.factories import (
    ArmFactory,
    ExperimentFactory,
    SegmentFactory,
    SlotFactory,
    UserFactory,
    VariantFactory,
    VisitorFactory,
)

API = "/personalize/api"
PHONES = {
    "combinator": "and",
    "rules": [{"field": "context.device", "operator": "=", "value": "phone"}],
}
NAMES_VIP = {"combinator": "and", "rules": [{"field": "segments", "operator": "=", "value": "vip"}]}
COLLECTIONS = {
    "segments": SegmentFactory,
    "slots": SlotFactory,
    "variants": VariantFactory,
    "experiments": ExperimentFactory,
    "visitors": VisitorFactory,
}


def test_a_segment_is_made_read_changed_and_deleted(owner):
    made = owner.post(
        f"{API}/segments/", {"slug": "phones", "name": "Phones", "rule": PHONES}, "json"
    )
    assert made.status_code == 201
    assert "device is “phone”" in made.data["sentence"]
    address = f"{API}/segments/{made.data['uuid']}/"

    assert owner.patch(address, {"name": "On phones"}, "json").data["name"] == "On phones"
    assert owner.get(f"{API}/segments/?slug=phones").data["count"] == 1
    assert owner.delete(address).status_code == 204
    assert owner.get(address).status_code == 404


def test_a_faulty_rule_is_refused_with_the_path_of_each_fault(owner):
    rule = {**PHONES, "rules": [{"field": "context.device", "operator": "~"}, {"field": "nope"}]}

    answer = owner.post(f"{API}/segments/", {"slug": "x", "name": "X", "rule": rule}, "json")

    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.data["rule"]} >= {
        "rules[0].operator",
        "rules[1].field",
    }


@pytest.mark.parametrize("slug", ["nobody", "x"])
def test_a_rule_that_names_an_unknown_segment_or_its_own_is_refused_by_node(owner, slug):
    leaf = {"field": "segments", "operator": "contains", "value": slug}
    rule = {"combinator": "and", "rules": [leaf]}

    answer = owner.post(f"{API}/segments/", {"slug": "x", "name": "X", "rule": rule}, "json")

    assert answer.status_code == 400
    assert answer.data["rule"][0]["path"] == "rules[0].value"


@pytest.mark.parametrize(("rule", "status"), [(None, 201), ("", 201), ([], 400), ("text", 400)])
def test_no_rule_is_the_empty_one_and_a_list_is_none(owner, rule, status):
    answer = owner.post(f"{API}/segments/", {"slug": "x", "name": "X", "rule": rule}, "json")

    assert answer.status_code == status
    assert [segment.rule for segment in Segment.objects.all()] == [{}] * (status == 201)


@pytest.mark.parametrize("levels", [50, 900, 3_000, 100_000])
@pytest.mark.parametrize("address", ["segments/", "segments/count/"])
def test_a_rule_too_deep_is_refused_F19(owner, address, levels):
    rule = '{"combinator":"and","rules":[' * levels + "]}" * levels
    body = f'{{"slug":"x","name":"X","rule":{rule}}}'

    answer = owner.post(f"{API}/{address}", body, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("cursor", ["cD1mb28=", "nonsense", "cD0A"])
def test_a_cursor_that_names_no_place_is_not_found(owner, cursor):
    VisitorFactory()

    assert owner.get(f"{API}/visitors/?cursor={cursor}").status_code == 404


def test_a_segment_in_use_is_not_deleted_and_the_answer_names_where(owner):
    segment = SegmentFactory(slug="vip")
    VariantFactory(name="Welcome back", audience=NAMES_VIP)

    answer = owner.delete(f"{API}/segments/{segment.uuid}/")

    assert answer.status_code == 409
    assert "Welcome back" in str(answer.data["used_by"])


def test_the_slug_of_a_segment_and_the_key_of_a_slot_stay(owner):
    segment, slot = SegmentFactory(), SlotFactory()

    assert owner.patch(f"{API}/segments/{segment.uuid}/", {"slug": "x"}, "json").status_code == 400
    assert owner.patch(f"{API}/slots/{slot.key}/", {"key": "x"}, "json").status_code == 400


def test_a_rule_is_counted_and_said_without_being_saved(caller):
    for subject, device in (("a:visitor", "phone"), ("a:stranger", "desktop")):
        profile = Profile(subject=subject, context={"device": device})
        worker_redis().hset(profile_key(subject), "s", encode(profile))
        VisitorFactory(subject=subject)

    answer = caller("view_segment").post(f"{API}/segments/count/", {"rule": PHONES}, "json")

    assert answer.status_code == 200
    assert (answer.data["matched"], answer.data["visitors"], answer.data["percent"]) == (1, 2, 50.0)
    assert "phone" in answer.data["sentence"]
    assert (answer.data["is_sample"], answer.data["margin"]) == (False, 0)
    assert not Segment.objects.exists()


def test_a_count_says_that_redis_is_down(owner, no_redis):
    VisitorFactory()

    answer = owner.post(f"{API}/segments/count/", {"rule": PHONES}, "json")

    assert answer.status_code == 503
    assert answer.data["detail"] == "Redis does not answer."


def test_a_count_tells_since_when_each_behaviour_is_counted(caller):
    rule = {
        "field": "behaviour",
        "behaviour": {"event": "Product Viewed", "aggregate": "count", "window": "7d"},
        "operator": ">",
        "value": 2,
    }
    client = caller("view_segment")

    def counted():
        (told,) = client.post(f"{API}/segments/count/", {"rule": rule}, "json").data["behaviours"]
        assert "Product Viewed" in told["behaviour"]
        return told["counted_since"]

    assert counted() is None
    SegmentFactory(rule=rule)
    assert parse_datetime(counted()) == Trait.objects.get().created_at


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_reading_needs_the_permission_to_view_S15(caller, collection):
    model = COLLECTIONS[collection]._meta.model
    COLLECTIONS[collection]()
    address = f"{API}/{collection}/"

    assert APIClient().get(address).status_code in {401, 403}
    assert caller().get(address).status_code == 403
    assert caller(f"view_{model._meta.model_name}").get(address).status_code == 200
    assert caller(f"view_{model._meta.model_name}").post(address, {}, "json").status_code in {
        403,
        405,
    }


def test_one_visitors_profile_needs_the_permission_to_see_profiles_S15(caller):
    visitor = VisitorFactory(traits={"first_name": "Ada"})
    address = f"{API}/visitors/{visitor.uuid}/"

    assert caller("view_visitor").get(address).status_code == 403
    assert caller("view_visitor", "view_profile").get(address).data["traits"] == {
        "first_name": "Ada"
    }


def test_the_list_of_visitors_holds_nothing_personal(caller):
    VisitorFactory(subject="a:secret", traits={"first_name": "Ada"})

    content = caller("view_visitor").get(f"{API}/visitors/").content.decode()

    assert "secret" not in content
    assert "Ada" not in content


def test_visitors_are_only_read(owner):
    visitor = VisitorFactory()

    assert owner.delete(f"{API}/visitors/{visitor.uuid}/").status_code == 405
    assert owner.post(f"{API}/visitors/", {}, "json").status_code == 405


def test_lists_come_in_pages(owner):
    SlotFactory.create_batch(3)
    VisitorFactory.create_batch(3)

    slots = owner.get(f"{API}/slots/?page_size=2").data
    visitors = owner.get(f"{API}/visitors/?page_size=2").data

    assert (slots["count"], len(slots["results"])) == (3, 2)
    assert len(owner.get(visitors["next"]).data["results"]) == 1


def test_filters_select_and_a_wrong_value_is_refused(owner):
    VariantFactory(is_live=True)
    draft = VariantFactory()

    assert [row["uuid"] for row in owner.get(f"{API}/variants/?is_live=false").data["results"]] == [
        str(draft.uuid)
    ]
    assert owner.get(f"{API}/variants/?slot={draft.slot.key}").data["count"] == 1
    assert owner.get(f"{API}/variants/?is_live=perhaps").status_code == 400


@pytest.mark.django_db
def test_a_token_logs_in():
    user = UserFactory(permissions=["view_slot"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")

    assert client.get(f"{API}/slots/").status_code == 200


def test_making_a_variant_live_needs_the_permission_to_publish_S15(caller):
    slot = SlotFactory()
    hello = {"slot": slot.key, "name": "Hello", "content": "<p>Hi</p>"}
    editor = caller("add_variant", "change_variant", "view_variant", "delete_variant")
    publisher = caller("add_variant", "view_variant", "publish_variant")
    address = f"{API}/variants/"

    assert editor.post(address, hello, "json").status_code == 201
    assert editor.post(address, {**hello, "is_live": True}, "json").status_code == 400
    live = publisher.post(address, {**hello, "is_live": True}, "json")
    assert live.status_code == 201
    row = f"{address}{live.data['uuid']}/"
    assert editor.patch(row, {"name": "Bye"}, "json").status_code == 400
    assert editor.delete(row).status_code == 403
    assert Variant.objects.filter(is_live=True).count() == 1


def test_a_variant_needs_the_content_of_its_kind_and_a_sensible_schedule(owner):
    slot = SlotFactory()
    variant = {"slot": slot.key, "name": "Hello", "content": "<p>Hi</p>"}
    backwards = {"starts_at": "2026-11-20T12:00Z", "ends_at": "2026-11-19T12:00Z"}

    assert (
        "template" in owner.post(f"{API}/variants/", {**variant, "kind": "template"}, "json").data
    )
    assert owner.post(f"{API}/variants/", {**variant, **backwards}, "json").status_code == 400


@pytest.mark.parametrize(
    ("field", "value"), [("template", "../../base.html"), ("data", [1]), ("data", None)]
)
def test_a_variant_that_cannot_be_shown_is_refused(owner, field, value):
    variant = {"slot": SlotFactory().key, "name": "Hello", "kind": "template"}
    variant |= {"template": "teaser.html", "data": {}, field: value}

    answer = owner.post(f"{API}/variants/", variant, "json")

    assert (answer.status_code, list(answer.data)) == (400, [field])


def test_a_slot_with_an_experiment_is_not_deleted(owner):
    experiment = ExperimentFactory()

    answer = owner.delete(f"{API}/slots/{experiment.slot.key}/")

    assert answer.status_code == 409
    assert experiment.name in str(answer.data["used_by"])
    assert Slot.objects.exists()


def test_an_experiment_is_made_with_its_arms_started_and_stopped(owner):
    slot = SlotFactory()
    arms = [{"key": "control"}, {"key": "b", "variant_uuid": str(VariantFactory(slot=slot).uuid)}]

    made = owner.post(
        f"{API}/experiments/", {"name": "Colour", "slot": slot.key, "arms": arms}, "json"
    )
    assert [arm["key"] for arm in made.data["arms"]] == ["control", "b"]
    address = f"{API}/experiments/{made.data['uuid']}/"

    assert owner.post(f"{address}start/").data["status"] == "running"
    assert owner.patch(address, {"arms": []}, "json").status_code == 400
    assert owner.delete(address).status_code == 409
    assert owner.patch(address, {"name": "Colours"}, "json").status_code == 200
    assert owner.post(f"{address}stop/").data["status"] == "stopped"
    assert [
        arm["key"] for arm in owner.patch(address, {"arms": arms[:1]}, "json").data["arms"]
    ] == ["control"]


def test_an_experiment_without_two_arms_does_not_start(owner):
    experiment = ExperimentFactory()
    ArmFactory(experiment=experiment)

    answer = owner.post(f"{API}/experiments/{experiment.uuid}/start/")

    assert answer.status_code == 400
    assert "two arms" in str(answer.data)
    assert not Experiment.objects.get().is_running


def test_starting_needs_the_permission_to_change(caller):
    experiment = ExperimentFactory()

    answer = caller("view_experiment", "add_experiment").post(
        f"{API}/experiments/{experiment.uuid}/start/"
    )

    assert answer.status_code == 403
