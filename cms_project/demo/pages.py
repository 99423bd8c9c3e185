"""Build the demo's pages in the CMS out of plugins, and publish them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from cms.api import add_plugin, create_page
from cms.models import CMSPlugin, Page, PageContent, Placeholder
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.db import transaction
from djangocms_versioning.models import Version

from cms_project.demo.page_texts import ABOUT, PRIVACY, Plugin, home, shop, stories

LANGUAGE = "en"


class PageText(NamedTuple):
    """A page as the demo describes it."""

    slug: str
    title: str
    template: str
    plugins: Sequence[Plugin]
    description: str = ""
    in_navigation: bool = True


@transaction.atomic
def load_pages(*, author: User) -> dict[str, int]:
    """Create and publish the pages, unless the site has pages already."""
    Site.objects.filter(domain="example.com").update(name="Alder")
    if not Page.objects.exists():
        for text in _texts():
            page = _create(text, author=author)
            if text.slug == "home":
                page.set_as_homepage()
    return {"pages": Page.objects.count()}


def _texts() -> list[PageText]:
    return [
        PageText(
            "home", "Home", "home.html", home(), "Stories about making things, and what they need."
        ),
        PageText("stories", "Stories", "landing.html", stories(), "Everything Alder has written."),
        PageText(
            "shop", "Shop", "landing.html", shop(), "Kettles, planes, tents: few things, good ones."
        ),
        PageText("about", "About", "page.html", ABOUT, "Who makes Alder, and why."),
        PageText(
            "privacy", "Privacy", "page.html", PRIVACY, "What Alder knows.", in_navigation=False
        ),
    ]


def _create(text: PageText, *, author: User) -> Page:
    page = create_page(
        text.title,
        text.template,
        LANGUAGE,
        slug=text.slug,
        in_navigation=text.in_navigation,
        meta_description=text.description,
        created_by=author,
    )
    draft = PageContent.admin_manager.get(page=page, language=LANGUAGE)
    draft.rescan_placeholders()  # without it a new page has no placeholder to add to
    for plugin in text.plugins:
        _add(plugin, placeholder=draft.placeholders.get(slot="content"))
    Version.objects.get_for_content(draft).publish(author)
    return page


def _add(plugin: Plugin, *, placeholder: Placeholder, parent: CMSPlugin | None = None) -> None:
    added: Any = add_plugin(placeholder, plugin.type, LANGUAGE, target=parent, **plugin.fields)
    for child in plugin.children:
        _add(child, placeholder=placeholder, parent=added)
