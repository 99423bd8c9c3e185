"""Editors look as somebody else, and nothing notices: no visitor, no cache, no count (U7, S16)."""

import json
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.contrib.auth.models import AbstractUser
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from personalize import metrics
from personalize.connections import worker_redis
from personalize.measure import samples, shown
from personalize.measure.exposures import buffer
from personalize.render.preview import COOKIE, Persona, Preview
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of, publish
from tests.factories import SegmentFactory, UserFactory, VariantFactory
from tests.journeys.test_personalised_and_cached import DJANGO_CACHED
from tests.journeys.visitors import FIREFOX, Browser

pytestmark = pytest.mark.django_db

BERLIN = Persona(traits={"city": "Berlin"})
SECRET = "private, no-store"


@pytest.fixture
def cms_page(plain: Settings, editor: AbstractUser) -> str:
    page = new_page(editor)
    add_city_slot(placeholder_of(content_of(page)))
    publish(content_of(page), editor)
    return str(page.get_absolute_url("en"))


def previewing(maker: AbstractUser, persona: Persona | None = BERLIN, **fields: Any) -> Client:
    """Return the browser of somebody who was handed the preview, and never logs in."""
    client = Client(headers={"user-agent": FIREFOX})
    client.cookies[COOKIE] = Preview(str(maker.pk), persona, **fields).signed()
    return client


def snapshot() -> tuple[Any, ...]:
    """Return all rows, all of Redis, and what this process has noted."""
    redis: Any = worker_redis()
    rows = {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models()
        if not model._meta.proxy and model._meta.managed
    }
    kept = {key: redis.dump(key) for key in redis.scan_iter()}
    noted = (buffer.waiting(), list(samples._waiting), dict(shown._waiting))
    counts = {k: n for k, n in metrics.snapshot().items() if not k.startswith(("plan", "store"))}
    return rows, kept, noted, counts


def test_a_preview_shows_what_the_persona_would_see(cms_page: str, editor: AbstractUser) -> None:
    response = previewing(editor).get(cms_page)
    body = response.content.decode()
    assert "hero for Berlin" in body
    assert "hero for everyone" not in body
    assert "You view this page as a visitor" in body
    assert "city: Berlin" in body


def test_a_preview_is_stored_by_nobody_and_listed_nowhere(
    cms_page: str, editor: AbstractUser
) -> None:
    response = previewing(editor).get(cms_page)
    assert response["Cache-Control"] == SECRET
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.has_header("ETag")
    assert not response.has_header("Expires")
    assert "px" not in response.cookies


def test_visitors_get_their_own_content_all_the_while(cms_page: str, editor: AbstractUser) -> None:
    editor_looks, romans, stranger = previewing(editor), Browser(city="Rome"), Browser()
    for _ in range(3):
        assert "hero for Berlin" in editor_looks.get(cms_page).content.decode()
        for browser, own in ((romans, "hero for Rome"), (stranger, "hero for everyone")):
            response = browser.get(cms_page)
            assert own in response.content.decode()
            assert "data-pz-preview" not in response.content.decode()
            assert response["Cache-Control"] == "private, no-cache"
            assert not response.has_header("X-Robots-Tag")


def test_a_preview_changes_no_row_no_key_and_no_count(cms_page: str, editor: AbstractUser) -> None:
    """U7: everything that the site stores is the same after it."""
    looking, track = previewing(editor, asks_why=True), {"event": "Product Added", "type": "track"}
    Browser().get(cms_page)  # the page is in the caches, the plan is compiled
    looking.get(cms_page)
    before = snapshot()
    looking.get(cms_page)
    sent = looking.post(
        "/personalize/v1/batch", json.dumps({"batch": [track]}), content_type="application/json"
    )
    assert sent.json() == {"success": True}
    looking.get("/personalize/pixel.gif?event=Seen")
    answer = looking.post(
        "/personalize/v1/decide", json.dumps({"slots": ["hero"]}), content_type="application/json"
    )
    assert answer.status_code == 200
    after = snapshot()
    for was, became in zip(before, after, strict=True):
        assert became == was


def test_what_a_preview_leaves_in_the_page_cache_is_everybodys(
    cms_page: str, editor: AbstractUser
) -> None:
    """The first to ask for a page may be somebody who previews it."""
    from cms.cache import page as page_cache

    stored: list[bytes] = []
    with mock.patch.object(
        page_cache, "get_response_headers", side_effect=lambda r: stored.append(r.content) or {}
    ):
        for browser in (previewing(editor), Browser(city="Rome")):
            cache.clear()
            browser.get(cms_page)
    assert len(stored) == 2
    assert len(set(stored)) == 1
    assert "hero for Rome" in Browser(city="Rome").get(cms_page).content.decode()


def test_a_preview_fills_pages_from_djangos_cache(plain: Settings, editor: AbstractUser) -> None:
    plain.ROOT_URLCONF, plain.MIDDLEWARE = "tests.journeys.test_why", DJANGO_CACHED
    assert "hero for everyone" in Browser().get("/").content.decode()
    looking = previewing(editor).get("/").content.decode()
    assert "hero for Berlin" in looking
    assert "data-pz-preview" in looking
    assert "hero for everyone" in Browser().get("/").content.decode()


def test_an_asynchronous_slot_is_previewed_too(plain: Settings, editor: AbstractUser) -> None:
    berlin = {"field": "trait.city", "operator": "=", "value": "Berlin"}
    variant = VariantFactory(slot__key="later", audience=berlin, is_live=True)
    answer = previewing(editor).post(
        "/personalize/v1/decide", json.dumps({"slots": ["later"]}), content_type="application/json"
    )
    assert answer.json()["decisions"]["later"]["variant"] == str(variant.uuid)
    assert answer["Cache-Control"] == SECRET


def test_a_preview_ends_when_its_maker_may_no_longer(cms_page: str, editor: AbstractUser) -> None:
    looking = previewing(editor)
    editor.is_active = False
    editor.save()
    response = looking.get(cms_page)
    assert "hero for everyone" in response.content.decode()
    assert response.cookies[COOKIE]["max-age"] == 0


@pytest.mark.parametrize("value", ["forged", "", "a:b:c", "x" * 5_000])
def test_a_forged_preview_shows_the_visitors_own_page(cms_page: str, value: str) -> None:
    visitor = Browser(city="Rome")
    visitor.cookies[COOKIE] = value
    response = visitor.get(cms_page)
    assert response.status_code == 200
    assert "hero for Rome" in response.content.decode()
    assert response["Cache-Control"] == "private, no-cache"


def test_an_editor_begins_changes_shares_and_ends_a_preview(cms_page: str) -> None:
    SegmentFactory(slug="vip", name="VIP", rule={"combinator": "and", "not": True, "rules": []})
    client = Client(headers={"user-agent": FIREFOX})
    client.force_login(UserFactory(permissions=["view_segment"]))
    form = f"/admin/personalize/viewas/?to={cms_page}"
    assert f'value="{cms_page}"' in client.get(form).content.decode()
    begun = client.post(form, {"page": cms_page, "traits": "city: Berlin", "segments": ["vip"]})
    assert begun["Location"] == cms_page
    body = client.get(cms_page).content.decode()
    assert "in “VIP” · city: Berlin" in body
    assert "hero for Berlin" in body
    assert "city: Berlin" in client.get(form).content.decode()  # to be changed

    shared = client.post(form, {"page": cms_page, "traits": "city: Rome", "share": "1"})
    link = urlsplit(shared.context["share_url"])
    stranger = Client(headers={"user-agent": FIREFOX})
    opened = stranger.get(f"{link.path}?{link.query}")
    assert (opened["Location"], opened["Referrer-Policy"]) == (cms_page, "no-referrer")
    seen = stranger.get(cms_page).content.decode()
    assert "hero for Rome" in seen
    assert "Change</a>" not in seen

    ended = client.post("/personalize/preview/end", {"to": cms_page})
    assert ended["Location"] == cms_page
    assert "hero for everyone" in client.get(cms_page).content.decode()


def test_a_preview_reaches_only_pages_that_its_holder_may_see(
    cms_page: str, editor: AbstractUser
) -> None:
    assert previewing(editor).get("/admin/personalize/segment/").status_code == 302


def test_an_editor_is_told_why_and_a_holder_of_the_link_is_not(
    cms_page: str, editor: AbstractUser
) -> None:
    looking = previewing(editor, Persona(traits={"city": "Rome"}), asks_why=True)
    assert "actually" not in looking.get(cms_page).content.decode()
    looking.force_login(editor)
    body = looking.get(cms_page).content.decode()
    assert "targeting_match" in body
    assert "their city is “Berlin”" in body
    assert body.count("actually Rome") == 2
    assert body.index("✗") < body.index("✓")  # Berlin was tried first


def test_an_editor_asks_why_of_themselves(
    cms_page: str, editor: AbstractUser, django_assert_num_queries: Any
) -> None:
    client = Browser(city="Rome")
    client.force_login(editor)
    client.post("/personalize/preview/why", {"to": cms_page})
    body = client.get(cms_page).content.decode()
    assert "You view this page as yourself" in body
    assert "hero for Rome" in body
    assert "actually Rome" in body
    client.post("/personalize/preview/why", {"to": cms_page})
    assert "actually Rome" not in client.get(cms_page).content.decode()


@pytest.mark.parametrize("url", ["/personalize/preview/end", "/personalize/preview/why"])
def test_other_sites_begin_and_end_nothing(editor: AbstractUser, url: str) -> None:
    client = Client()
    client.force_login(editor)
    assert client.post(url, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get(url).status_code == 405


def test_only_staff_ask_why(client: Client) -> None:
    assert client.post("/personalize/preview/why").status_code == 403


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_link_leads_to_this_site_alone(client: Client, editor: AbstractUser, to: str) -> None:
    value = Preview(str(editor.pk), BERLIN).signed()
    response = client.get("/personalize/preview/", {"as": value, "to": to})
    assert response["Location"] == "/"


def test_a_link_that_is_forged_or_old_says_so(client: Client) -> None:
    response = client.get("/personalize/preview/", {"as": "forged", "to": "/"})
    assert response.status_code == 403
    assert "does not work any more" in response.content.decode()
    assert COOKIE not in response.cookies


def test_visitors_never_load_a_session_for_previews(cms_page: str) -> None:
    visitor = Browser(city="Berlin")
    visitor.get(cms_page)
    with mock.patch("personalize.render.preview.permitted") as permitted:
        visitor.get(cms_page)
    assert permitted.call_count == 0
