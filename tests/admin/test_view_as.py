"""“View as” in the admin: what the form takes, refuses and gives back."""

import pytest

from personalize.admin.persona_form import CARTS, PersonaForm, initial_of
from personalize.models.event_definition import register_standard_events
from personalize.render.preview import COOKIE, Deed, Persona, read
from tests.factories import ArmFactory, ExperimentFactory, SegmentFactory

pytestmark = pytest.mark.django_db
URL = "/admin/personalize/viewas/"


def persona(**fields):
    register_standard_events()
    form = PersonaForm({"page": "/", **fields})
    assert form.is_valid(), form.errors
    return form.persona()


def faults(**fields):
    register_standard_events()
    form = PersonaForm({"page": "/", **fields})
    assert not form.is_valid()
    return form.errors


def test_what_is_left_empty_is_left_open():
    assert persona() == Persona()


def test_every_field_is_read():
    SegmentFactory(slug="vip")
    arm = ArmFactory(key="warm")
    chosen = f"{arm.experiment.uuid}/warm"
    read_back = persona(
        segments=["vip"],
        device="mobile",
        country="de",
        language="DE",
        logged_in="on",
        at="2026-12-24T10:00",
        traits='city: Berlin\n\nage: 42\ntags: ["a"]\nnote: a: b',
        arms=[chosen],
    )
    assert read_back == Persona(
        segments=("vip",),
        context={"device": "mobile", "country": "DE", "language": "de", "logged_in": True},
        traits={"city": "Berlin", "age": 42, "tags": ["a"], "note": "a: b"},
        arms={str(arm.experiment.uuid): "warm"},
        at=1_798_106_400_000,
    )
    assert persona(**{**initial_of(read_back), "at": "2026-12-24T10:00"}) == read_back


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("Product Viewed", Deed("Product Viewed")),
        ("Product Viewed: 3", Deed("Product Viewed", 3)),
        ("Product Viewed: 3 2d ago", Deed("Product Viewed", 3, {}, 2_880)),
        ("Product Viewed 90m ago", Deed("Product Viewed", 1, {}, 90)),
        (
            "Product Viewed: 3 1h ago (category=shoes, price=60)",
            Deed("Product Viewed", 3, {"category": "shoes", "price": 60}, 60),
        ),
    ],
)
def test_what_they_did_is_read_a_line_at_a_time(line, deed):
    found = persona(deeds=f"\n{line}\n")
    assert found.deeds == (deed,)
    assert persona(**initial_of(found)).deeds == (deed,)


@pytest.mark.parametrize("cart", CARTS)
def test_a_cart_is_what_they_did(cart):
    deeds = persona(cart=cart).deeds
    assert deeds == CARTS[cart].deeds
    assert "Product Added" in {deed.event for deed in deeds}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"page": "https://evil.example/"}, "begins with a slash"),
        ({"page": "//evil.example/"}, "begins with a slash"),
        ({"traits": "no colon"}, "Expected “name: value”, got “no colon”"),
        ({"deeds": "Product Vewed: 3"}, "Did you mean"),
        ({"deeds": ": 3"}, "Expected “Event: times”"),
        ({"country": "Germany"}, "valid value"),
        ({"segments": ["unknown"]}, "not one of the available choices"),
    ],
)
def test_a_fault_is_named(fields, said):
    assert said in str(faults(**fields))


def test_one_arm_of_an_experiment_is_enough():
    experiment = ExperimentFactory()
    arms = [f"{experiment.uuid}/{ArmFactory(experiment=experiment).key}" for _ in range(2)]
    assert "one arm of each experiment" in str(faults(arms=arms))


def test_ended_experiments_are_not_offered():
    ArmFactory(experiment__status="decided")
    assert PersonaForm().fields["arms"].choices == []


def test_a_persona_too_large_for_a_cookie_is_refused(owner):
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9_000))
    answer = owner.post(URL, {"page": "/", "traits": f"note: {noise}"})
    assert "more than a preview can hold" in answer.content.decode()
    assert COOKIE not in answer.cookies


def test_the_cookie_is_the_editors_own_and_hidden_from_scripts(owner):
    cookie = owner.post(URL, {"page": "/", "traits": "a: b"}).cookies[COOKIE]
    assert read(cookie.value).persona == Persona(traits={"a": "b"})
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")


def test_who_may_not_preview_finds_nothing(staff):
    assert staff().get(URL).status_code == 403
    assert staff("view_visitor").post(URL, {"page": "/"}).status_code == 403
    assert "View as" not in staff("view_visitor").get("/admin/personalize/").content.decode()
    assert "View as" in staff("view_segment").get("/admin/personalize/").content.decode()


def test_a_log_out_ends_the_preview(owner):
    owner.post(URL, {"page": "/", "traits": "a: b"})
    owner.post("/admin/logout/")
    assert not owner.cookies[COOKIE].value
