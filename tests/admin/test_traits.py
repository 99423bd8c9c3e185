"""The traits' screen."""

import json

from django.urls import reverse

from personalize.models import Trait

VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
ADD = "admin:personalize_trait_add"


def test_a_computed_trait_takes_its_key_from_what_it_counts(owner):
    form = {"kind": "computed", "name": "Views", "behaviour": json.dumps(VIEWS), "is_live": "on"}

    owner.post(reverse(ADD), form)

    assert Trait.objects.get().key.startswith("b_")


def test_a_faulty_behaviour_is_refused_with_the_path_of_the_fault(owner):
    form = {"kind": "computed", "behaviour": json.dumps({**VIEWS, "aggregate": "mean"})}

    assert "aggregate:" in owner.post(reverse(ADD), form).content.decode()
    assert not Trait.objects.exists()


def test_the_same_behaviour_is_not_counted_twice(owner):
    form = {"kind": "computed", "behaviour": json.dumps(VIEWS)}
    owner.post(reverse(ADD), form)

    assert "counts exactly this" in owner.post(reverse(ADD), form).content.decode()


def test_an_identified_trait_needs_a_key(owner):
    assert "needs a key" in owner.post(reverse(ADD), {"kind": "identified"}).content.decode()


def test_a_computed_trait_is_switched_off_and_not_deleted(owner):
    owner.post(reverse(ADD), {"kind": "computed", "behaviour": json.dumps(VIEWS)})
    address = reverse("admin:personalize_trait_delete", args=[Trait.objects.get().pk])

    assert owner.post(address, {"post": "yes"}).status_code == 403
