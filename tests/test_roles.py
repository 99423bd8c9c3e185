"""Who may open what: every screen and endpoint, for each role (S15)."""

from contextlib import suppress
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from rest_framework.test import APIClient

from personalize.models import CleaningPolicy
from personalize.roles import ROLES, make_roles
from tests import factories

pytestmark = pytest.mark.django_db

LETTERS = {"E": "Editor", "A": "Analyst", "M": "Marketer", "P": "Privacy officer", "D": "Developer"}

# Whose it is to see, and whose to change, by model.
MODELS = {
    "cleaningpolicy": ("APD", "D"),
    "configuration": ("D", ""),
    "consentrecord": ("P", ""),
    "dashboard": ("EAMPD", ""),
    "dataqualityreport": ("APD", ""),
    "decisionsample": ("P", ""),
    "erasure": ("P", ""),
    "eventdefinition": ("EAMD", "D"),
    "experiment": ("EAMD", "M"),
    "identitylink": ("P", ""),
    "job": ("EAMPD", ""),
    "propertystatistics": ("AD", ""),
    "quarantinedevent": ("PD", ""),
    "segment": ("EAMD", "EM"),
    "slot": ("EAMD", "ED"),
    "source": ("PD", "D"),
    "trait": ("EAMD", "ED"),
    "variant": ("EAMD", "EM"),
    "viewas": ("EAMD", ""),
    "visitor": ("AMPD", ""),
}
# Screens that are no list, form or history, and those of one row where more is asked for.
SPECIAL = {
    "personalize_doctor": "EAMPD",
    "personalize_job_ask": "AD",
    "personalize_job_state": "EAMPD",
    "personalize_quarantinedevent_bytes": "PD",
    "personalize_quarantinedevent_mend": "",
    "personalize_rules_catalogue": "EAMD",
    "personalize_segment_templates": "EM",
    "personalize_visitor_change": "P",
    "personalize_visitor_history": "P",
}
# These take POST alone; their own tests say what they ask for.
POSTED = (
    "_press", "_restore", "_audit", "_file", "first_steps", "rules_read", "rules_count",
    "rules_test",
)  # fmt: skip


@pytest.fixture
def rows(settings) -> dict[str, int]:
    """Return a row of each model, by name, of a site that keeps a lake."""
    folders = {"LAKE_URL": "lake", "EXPORT_URL": "exports"}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **folders}
    made = {
        "segment": factories.SegmentFactory(),
        "slot": factories.SlotFactory(),
        "variant": factories.VariantFactory(),
        "experiment": factories.ExperimentFactory(),
        "source": factories.SourceFactory(),
        "visitor": factories.VisitorFactory(),
        "quarantinedevent": factories.QuarantinedEventFactory(),
        "job": factories.JobFactory(),
        "cleaningpolicy": CleaningPolicy.objects.create(source="shop"),
    }
    return {name: row.pk for name, row in made.items()}


@pytest.fixture
def people() -> dict[str, Client]:
    """Return a person of each role, and one of none."""
    make_roles()
    found = {letter: _person(Group.objects.get(name=role)) for letter, role in LETTERS.items()}
    return {**found, "-": _person()}


def _person(*groups: Group) -> Client:
    user = factories.UserFactory()
    user.groups.set(groups)
    client = Client()
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client


def _names() -> set[str]:
    resolver = get_resolver("cms_project.urls")
    [admin] = [each for each in resolver.url_patterns if getattr(each, "namespace", "") == "admin"]
    names = {each for each in admin.reverse_dict if isinstance(each, str)}
    # What editors do within pages asks for permissions of the page: see tests/cms.
    own = {name for name in names if name.startswith("personalize_")}
    return {name for name in own if not name.startswith("personalize_cms_")}


def _expected(name: str) -> str | None:
    """Return the letters of those who may open the screen; None for no screen."""
    if name in SPECIAL:
        return SPECIAL[name]
    model, _, action = name.removeprefix("personalize_").partition("_")
    if model not in MODELS:
        return None
    seen, changed = MODELS[model]
    return changed if action in {"add", "delete", "deleted"} else seen


def _address(name: str, rows: dict[str, int]) -> str | None:
    with suppress(NoReverseMatch):
        return reverse(f"admin:{name}")
    model = name.split("_")[1]
    return reverse(f"admin:{name}", args=[rows[model]]) if model in rows else None


def test_each_screen_opens_for_its_roles_and_nobody_else_S15(people, rows):
    wrong, seen = [], 0
    for name in sorted(_names()):
        if name.endswith(POSTED):
            continue
        expected, address = _expected(name), _address(name, rows)
        assert expected is not None, f"Say in MODELS or SPECIAL who may open {name}."
        if address is None:
            continue
        for letter, client in people.items():
            seen += 1
            opens = client.get(address).status_code == 200
            if opens != (letter in expected):
                wrong.append(f"{name}: {LETTERS.get(letter, 'nobody')} {opens}")
    assert not wrong, "\n".join(wrong)
    assert seen > 200


API = {
    "api-segment": "segment",
    "api-slot": "slot",
    "api-variant": "variant",
    "api-experiment": "experiment",
    "api-visitor": "visitor",
}


@pytest.mark.parametrize("endpoint", API)
def test_each_endpoint_answers_its_roles_and_nobody_else_S15(people, rows, endpoint):
    seen, changed = MODELS[API[endpoint]]
    address = reverse(f"personalize:{endpoint}-list")
    for letter, client in people.items():
        api = APIClient()
        api.force_authenticate(client.user)
        assert (api.get(address).status_code == 200) == (letter in seen), (letter, "reads")
        refused = api.post(address, {}, format="json").status_code
        assert (refused == 403) == (letter not in changed or endpoint == "api-visitor") or (
            refused == 405
        ), (letter, "writes")


def test_every_endpoint_of_the_api_is_in_the_matrix():
    from personalize.api.urls import router

    assert {basename for _, _, basename in router.registry} == set(API)


# What counts beyond seeing and changing rows.
BEYOND = {
    "publish_variant": "E",
    "view_profile": "P",
    "export_profile": "P",
    "erase_profile": "P",
    "view_raw_events": "PD",
    "view_unmasked_events": "",
    "replay_events": "D",
    "export_events": "A",
    "import_configuration": "D",
    "rebuild_profiles": "D",
}


@pytest.mark.parametrize("permission", BEYOND)
def test_what_concerns_people_or_the_live_site_is_a_permission_of_its_own_S15(people, permission):
    held = {c for c, who in people.items() if who.user.has_perm(f"personalize.{permission}")}
    assert held == set(BEYOND[permission])


def test_only_a_person_of_the_staff_comes_in(rows):
    client = Client()
    client.force_login(factories.UserFactory(is_staff=False))
    address = reverse("admin:personalize_segment_changelist")
    assert client.get(address).status_code == 302
    assert Client().get(address).status_code == 302


def test_each_permission_of_a_role_exists():
    made = make_roles()
    assert made == {role: len(codenames) for role, codenames in ROLES.items()}


def test_a_group_that_is_there_is_left_to_the_site():
    make_roles()
    editors = Group.objects.get(name="Editor")
    editors.permissions.clear()
    out = StringIO()
    call_command("personalize_roles", stdout=out)
    assert not editors.permissions.exists()
    assert "Editor: left alone" in out.getvalue()


def test_a_group_is_completed_when_asked_and_loses_nothing():
    make_roles()
    editors, marketers = (Group.objects.get(name=name) for name in ("Editor", "Marketer"))
    lost = editors.permissions.first()
    editors.permissions.remove(lost)
    marketers.permissions.add(*editors.permissions.all())
    before = marketers.permissions.count()
    out = StringIO()
    call_command("personalize_roles", "--complete", stdout=out)
    assert lost in editors.permissions.all()
    assert marketers.permissions.count() == before
    assert "Editor: 1 permissions given" in out.getvalue()
