"""The toolbar's menu, and previews in the page's editor and preview."""

from collections.abc import Callable

import pytest
from cms.toolbar.utils import get_object_edit_url, get_object_preview_url
from django.contrib.auth.models import AbstractUser
from django.test import Client
from pytest_django import Settings

from personalize.render.preview import COOKIE, Persona, Preview
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of, publish
from tests.factories import UserFactory
from tests.journeys.visitors import FIREFOX

pytestmark = pytest.mark.django_db
BERLIN, NOBODY = Persona(traits={"city": "Berlin"}), Persona()
SHOWN = "shown in this view"


@pytest.fixture
def addresses(plain: Settings, editor: AbstractUser) -> dict[str, str]:
    """One page: published, and its next draft in the editor and the preview."""
    page = new_page(editor)
    content = content_of(page)
    add_city_slot(placeholder_of(content))
    draft = {"edit": get_object_edit_url(content), "preview": get_object_preview_url(content)}
    published = new_page(editor, title="Live")
    add_city_slot(placeholder_of(content_of(published)))
    publish(content_of(published), editor)
    return {**draft, "published": str(published.get_absolute_url("en"))}


@pytest.fixture
def looking(editor: AbstractUser) -> Callable[[Persona | None], Client]:
    """Return what logs an editor in who looks as somebody."""

    def log_in(persona: Persona | None) -> Client:
        client = Client(headers={"user-agent": FIREFOX})
        client.force_login(editor)
        if persona is not None:
            client.cookies[COOKIE] = Preview(str(editor.pk), persona).signed()
        return client

    return log_in


@pytest.mark.parametrize("kind", ["edit", "preview", "published"])
def test_the_menu_offers_the_preview(
    addresses: dict[str, str], looking: Callable[[Persona | None], Client], kind: str
) -> None:
    body = looking(None).get(f"{addresses[kind]}?edit").content.decode()
    assert "View as…" in body
    assert "Why do I see this?" in body
    assert "End this view" not in body
    assert "End this view" in looking(BERLIN).get(f"{addresses[kind]}?edit").content.decode()


def test_the_menu_is_for_those_who_may_preview(addresses: dict[str, str]) -> None:
    client = Client(headers={"user-agent": FIREFOX})
    client.force_login(UserFactory())
    assert "View as…" not in client.get(addresses["published"]).content.decode()


@pytest.mark.parametrize("kind", ["preview", "published"])
def test_pages_show_what_the_persona_would_see(
    addresses: dict[str, str], looking: Callable[[Persona | None], Client], kind: str
) -> None:
    response = looking(BERLIN).get(addresses[kind])
    body = response.content.decode()
    assert "hero for Berlin" in body
    assert "hero for everyone" not in body
    assert "You view this page as a visitor" in body
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["edit", "preview", "published"])
def test_what_is_shared_is_the_page_and_not_its_editor(
    addresses: dict[str, str], looking: Callable[[Persona | None], Client], kind: str
) -> None:
    body = looking(BERLIN).get(addresses[kind]).content.decode()
    assert "&amp;to=%2F" in body
    assert "&amp;to=%2Fadmin" not in body


@pytest.mark.parametrize(
    ("persona", "before"), [(BERLIN, "hero for Berlin"), (NOBODY, "hero for everyone")]
)
def test_the_editor_keeps_all_variants_and_marks_the_one_that_is_shown(
    addresses: dict[str, str],
    looking: Callable[[Persona | None], Client],
    persona: Persona,
    before: str,
) -> None:
    body = looking(persona).get(addresses["edit"]).content.decode()
    assert all(f"hero for {city}" in body for city in ("everyone", "Berlin", "Rome"))
    assert body.count(SHOWN) == 1
    rest = body[body.index(SHOWN) :]
    assert rest.index(before) == min(
        rest.index(f"hero for {city}") for city in ("everyone", "Berlin", "Rome")
        if f"hero for {city}" in rest
    )  # fmt: skip


def test_the_editor_marks_nothing_without_a_preview(
    addresses: dict[str, str], looking: Callable[[Persona | None], Client]
) -> None:
    assert SHOWN not in looking(None).get(addresses["edit"]).content.decode()


def test_other_screens_of_the_admin_have_no_bar(
    looking: Callable[[Persona | None], Client], db: None
) -> None:
    response = looking(BERLIN).get("/admin/personalize/segment/")
    assert "data-pz-preview" not in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
