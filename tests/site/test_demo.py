"""The demo's content and its simulated visitors."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from cms.models import Page
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from cms_project.demo.crowd import simulate
from cms_project.demo.people import load_people
from personalize.models import Membership, QuarantinedEvent, Segment, Source, Visitor

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def fill(**options: object) -> str:
    out = StringIO()
    call_command("personalize_demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_fills_the_site_through_the_real_endpoint() -> None:
    said = fill(visitors=25)

    assert "25 visitors" in said
    assert Page.objects.count() == 5
    assert Visitor.objects.filter(is_bot=False).count() > 15
    assert Membership.objects.filter(segment__slug="returning").exists()
    assert not QuarantinedEvent.objects.exists()
    assert not Source.objects.get().is_active  # its key has done its work


@pytest.mark.django_db
def test_a_second_run_changes_nothing_that_editors_changed() -> None:
    fill(visitors=2)
    Segment.objects.filter(slug="new").update(name="Newcomers")
    before = Visitor.objects.count()
    said = fill(visitors=2)

    assert "been here already" in said
    assert Segment.objects.get(slug="new").name == "Newcomers"
    assert Visitor.objects.count() == before
    assert fill(if_empty=True) == "The site has its content already.\n"


@pytest.mark.django_db
def test_a_site_in_production_wants_a_password_of_its_own(settings: Settings) -> None:
    settings.SECURE = True
    with pytest.raises(CommandError, match="--password"):
        fill(visitors=1)

    assert not User.objects.exists()


@pytest.mark.django_db
def test_editors_may_edit_pages_but_not_people() -> None:
    load_people(password="alder-demo")
    editor = User.objects.get(username="editor")

    assert editor.has_perm("cms.change_page")
    assert editor.has_perm("personalize.change_segment")
    assert not editor.has_perm("auth.change_user")


@pytest.mark.usefixtures("shelves")
def test_the_same_seed_makes_the_same_month() -> None:
    assert simulate(10, now=NOON) == simulate(10, now=NOON)
    assert simulate(10, now=NOON) != simulate(10, now=NOON, seed=8)


@pytest.mark.usefixtures("shelves")
def test_the_month_has_duplicates_and_no_future() -> None:
    messages = simulate(40, now=NOON)
    ids = [message["messageId"] for message in messages]

    assert len(ids) > len(set(ids))
    assert all(message["timestamp"] < NOON.isoformat() for message in messages)
