"""The card of the first steps."""

from django.urls import reverse

from tests.factories import SegmentFactory, VariantFactory

DASHBOARD = "/admin/personalize/dashboard/"


def steps(client):
    card = client.get(DASHBOARD).context["first_steps"]
    return [step.is_done for step in card["steps"]]


def test_steps_tick_themselves_off_by_what_there_is(owner):
    assert steps(owner) == [False] * 6

    SegmentFactory()
    VariantFactory(is_live=True)
    owner.post("/admin/personalize/viewas/", {"page": "/"})

    assert steps(owner) == [False, False, True, True, True, False]


def test_a_step_leads_only_where_one_may_go(staff):
    card = staff("view_dashboard").get(DASHBOARD).context["first_steps"]

    assert [bool(step.url) for step in card["steps"]] == [True, True, False, False, False, True]


def test_the_card_is_put_away_by_one_editor_for_themselves_and_comes_back(owner, staff):
    address = reverse("admin:personalize_first_steps")
    owner.post(address)

    page = owner.get(DASHBOARD).content.decode()
    assert "px-first-steps" not in page
    assert "Show the first steps again" in page
    stranger = staff("view_dashboard")
    stranger.cookies["px_first_steps"] = owner.cookies["px_first_steps"].value
    assert "px-first-steps" in stranger.get(DASHBOARD).content.decode()

    owner.post(address, {"back": "yes"})
    assert "px-first-steps" in owner.get(DASHBOARD).content.decode()


def test_putting_it_away_needs_the_dashboards_permission_and_a_post(staff):
    address = reverse("admin:personalize_first_steps")

    assert staff("view_segment").post(address).status_code == 403
    assert staff("view_dashboard").get(address).status_code == 405
