"""The red banner, on every screen, when the work is late (U16)."""

import time
from pathlib import Path

import pytest
from django.urls import reverse

import personalize
from personalize.connections import worker_redis
from personalize.measure.health import give_sign
from tests.factories import (
    EventDefinitionFactory,
    ExperimentFactory,
    QuarantinedEventFactory,
    SegmentFactory,
    SlotFactory,
    VariantFactory,
    VisitorFactory,
)

SAID = "No worker has given a sign"
# What takes the place of Django's own templates, and has the banner.
KINDS = (
    "change_list.html", "change_form.html", "delete_confirmation.html",
    "delete_selected_confirmation.html", "object_history.html",
)  # fmt: skip
LISTS = (
    "consentrecord", "dataqualityreport", "erasure", "eventdefinition", "experiment",
    "identitylink", "quarantinedevent", "segment", "slot", "source", "trait", "variant", "visitor",
)  # fmt: skip
FACTORIES = {
    "eventdefinition": EventDefinitionFactory,
    "experiment": ExperimentFactory,
    "quarantinedevent": QuarantinedEventFactory,
    "segment": SegmentFactory,
    "slot": SlotFactory,
    "variant": VariantFactory,
    "visitor": VisitorFactory,
}


@pytest.fixture
def silent(db: None) -> None:
    """Let worker and beat have been gone for a minute."""
    worker_redis().hset("px:signs", mapping={"worker": time.time() - 61, "beat": time.time() - 61})


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_it(owner, name):
    page = owner.get(reverse(f"admin:personalize_{name}_changelist")).content.decode()

    assert page.count(SAID) == 1


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("name", FACTORIES)
def test_every_form_and_its_deletion_and_history_have_it(owner, name):
    row = FACTORIES[name]()
    for action in ("change", "delete", "history"):
        answer = owner.get(reverse(f"admin:personalize_{name}_{action}", args=[row.pk]))
        if answer.status_code in (200, 409):
            assert answer.content.decode().count(SAID) == 1, action


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("name", ["segment_matrix", "segment_templates", "slot_shown"])
def test_every_other_page_has_it(owner, name):
    assert owner.get(reverse(f"admin:personalize_{name}")).content.decode().count(SAID) == 1


@pytest.mark.usefixtures("silent")
def test_the_apps_own_page_and_the_dashboard_have_it_once(owner):
    for address in (
        reverse("admin:app_list", args=["personalize"]),
        reverse("admin:personalize_dashboard_changelist"),
    ):
        assert owner.get(address).content.decode().count(SAID) == 1


def test_it_goes_when_the_work_is_done_again(owner):
    give_sign("worker")
    give_sign("beat")

    page = owner.get(reverse("admin:personalize_segment_changelist")).content.decode()

    assert "px-bad" not in page


def test_other_apps_pages_know_nothing_of_it(owner):
    assert SAID not in owner.get(reverse("admin:auth_group_changelist")).content.decode()


def test_every_template_takes_the_banner_from_the_same_place():
    bases = {"base.html", "app_index.html", "dashboard.html", *KINDS}
    folder = Path(personalize.__file__).parent / "templates" / "admin" / "personalize"
    stray = [
        str(path.relative_to(folder))
        for path in folder.rglob("*.html")
        if path.name not in bases or path.parent != folder
        if '{% extends "admin/' in (text := path.read_text())
        and '{% extends "admin/personalize/' not in text
    ]

    assert stray == []
