"""Merge tags in rich text: a trait in published, stored pages; a name while one edits."""

import pytest
from cms.api import add_plugin
from cms.models import PageContent
from cms.toolbar.utils import get_object_edit_url, get_object_preview_url
from django.contrib.auth.models import AbstractUser
from djangocms_alias.models import Alias, AliasContent, Category
from pytest_django import Settings

from personalize.cms.forms import MergeTagForm
from personalize.cms.models import MergeTag
from personalize.models import Trait
from tests.cms.pages import content_of, new_page, placeholder_of, publish
from tests.cms.test_cms_plugins import without_ours
from tests.journeys.visitors import Browser

pytestmark = pytest.mark.django_db


def greet(placeholder, key="first_name", fallback="there & <you>"):
    """Add a text with a merge tag, as the text editor stores it."""
    text = add_plugin(placeholder, "TextPlugin", "en", body="")
    tag = add_plugin(placeholder, "MergeTagPlugin", "en", target=text, trait=key, fallback=fallback)
    text.body = f'<p>Hello <cms-plugin alt="Merge tag" title="" id="{tag.pk}"></cms-plugin>!</p>'
    text.save()
    return text


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    content = content_of(new_page(editor))
    greet(placeholder_of(content))
    return content


@pytest.fixture
def url(draft: PageContent, editor: AbstractUser) -> str:
    publish(draft, editor)
    return str(draft.page.get_absolute_url("en"))


def test_a_stored_page_greets_each_visitor_escaped(url):
    for _ in range(2):
        body = Browser(first_name="<b>Ada</b>").get(url).content.decode()
        assert "Hello &lt;b&gt;Ada&lt;/b&gt;!" in body
        assert "Hello there &amp; &lt;you&gt;!" in Browser().get(url).content.decode()


def test_without_the_middleware_the_tag_is_filled_in_place_and_not_stored(url, settings):
    settings.MIDDLEWARE = without_ours(settings)
    for name in ("Ada", "Bea"):
        answer = Browser(first_name=name).get(url)
        assert f"Hello {name}!" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]


def test_an_editor_sees_the_name_of_the_trait_and_the_preview_a_value(draft, editor):
    browser = Browser(first_name="Ada")
    browser.force_login(editor)
    body = browser.get(get_object_edit_url(draft, "en")).content.decode()
    assert "{first_name | there &amp; &lt;you&gt;}" in body
    assert "<!--px" not in body
    assert (
        "Hello there &amp; &lt;you&gt;!"
        in (browser.get(get_object_preview_url(draft, "en")).content.decode())
        or "Hello Ada!" in browser.get(get_object_preview_url(draft, "en")).content.decode()
    )


def test_an_alias_greets_each_visitor(plain, editor):
    alias = Alias.objects.create(category=Category.objects.create(name="All"))
    shared = AliasContent.objects.with_user(editor).create(alias=alias, name="Hi", language="en")
    greet(alias.get_placeholder(language="en", show_draft_content=True))
    publish(shared, editor)
    content = content_of(new_page(editor))
    add_plugin(placeholder_of(content), "Alias", "en", template="default", alias=alias)
    publish(content, editor)
    url = content.page.get_absolute_url("en")

    for name in ("Ada", "Bea"):
        assert f"Hello {name}!" in Browser(first_name=name).get(url).content.decode()


def test_the_next_version_keeps_the_tags_of_its_texts(draft, editor):
    publish(draft, editor)
    copied = draft.versions.first().copy(editor).content
    publish(copied, editor)

    url = copied.page.get_absolute_url("en")
    assert "Hello Ada!" in Browser(first_name="Ada").get(url).content.decode()


def test_the_picker_offers_live_traits_and_keeps_a_key_that_has_no_row(db):
    Trait.objects.create(key="city", name="City")
    Trait.objects.create(key="old", name="Old", is_live=False)
    form = MergeTagForm(instance=MergeTag(trait="crm_level"))

    assert [key for key, _ in form.fields["trait"].choices] == ["city", "crm_level"]
    assert not MergeTagForm({"trait": "unknown"}).is_valid()
    assert MergeTagForm({"trait": "city", "fallback": ""}).is_valid()
